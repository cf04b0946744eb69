"""Lists: the same rows as at the desk, record by record, and nothing dropped silently."""

import pyarrow as pa

from tests.linkage.cases import TODAY, XIAOHE
from tongxing.linkage.bulk import SCHEMA, features_of, read_list
from tongxing.linkage.details import COLUMNS
from tongxing.linkage.normaliser import features

XIAOHE_TYPED = {
    "record_id": "1", "name": "林小禾", "sex": "female", "birth_date": "2017-03-02", "origin_division": "130921",
    "guardian_name": "林建", "phone": "000 0000 0142",
}  # fmt: skip


def test_a_list_gives_the_rows_of_the_desk() -> None:
    table = features_of(pa.Table.from_pylist([XIAOHE_TYPED]), as_of=TODAY)
    assert table.schema == SCHEMA
    row = table.to_pylist()[0]
    wanted = features(XIAOHE)[0]
    assert {n: tuple(v) if isinstance(v, list) else v for n, v in row.items() if n in COLUMNS} == {
        n: getattr(wanted, n) for n in COLUMNS
    }


def test_what_cannot_be_read_is_counted_by_field() -> None:
    table = pa.Table.from_pylist(
        [{"record_id": str(n), "birth_date": d} for n, d in enumerate(["x", "2017-02-30", ""])]
    )
    found = read_list(table, as_of=TODAY)
    assert found.counts.unread == {"birth_date": {"unclear": 1, "impossible": 1}}
    assert found.features.num_rows == 3
