"""Lists: the same rows as at the desk, record by record, and nothing dropped silently."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.linkage.cases import TODAY, XIAOHE
from tongxing.linkage.bulk import SCHEMA, _packed, _piece, _unpacked, features_of, read_list
from tongxing.linkage.cells import given_names, parts
from tongxing.linkage.dates import read_date
from tongxing.linkage.details import COLUMNS, Details, Name
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


def rows(table: pa.Table) -> list[dict[str, object]]:
    return [{n: tuple(v) if isinstance(v, list) else v for n, v in row.items()} for row in table.to_pylist()]


_cells = {
    "name": st.sampled_from(
        ["林小禾", "单小禾", "lin xiaohe", "Bat Temuulen", "林小禾（禾禾）", "", "无", "阿依古丽·买买提"]
    ),
    "sex": st.sampled_from(["女", "M", "", "?"]),
    "birth_date": st.sampled_from(["2017-03-02", "2017", "9岁", "", "x", "农历2017年二月初五"]),
    "origin_division": st.sampled_from(["130921", "110103", ""]),
    "guardian_name": st.sampled_from(["林建", "林建;王芳", "Dorj", ""]),
    "phone": st.sampled_from(["00000000142", "00000000142/13800138000", "12", ""]),
    "id_number": st.sampled_from(["11010519491231002X", "130921201603050023", "130921201703020025", ""]),
}


@settings(max_examples=25)
@given(st.lists(st.fixed_dictionaries(_cells), min_size=1, max_size=12))
def test_every_record_of_a_list_is_read_as_if_it_were_alone(records: list[dict[str, str]]) -> None:
    """The desk's own function makes the rows of each record; a list only saves work, and sets crowded numbers apart."""
    found = rows(features_of(pa.Table.from_pylist(records), as_of=TODAY))
    assert sorted({row["record"] for row in found}) == list(range(len(records)))
    for place, record in enumerate(records):
        day = read_date(record["birth_date"], TODAY).date
        details = Details(
            given_names_of(record["name"]), record["sex"], day, record["origin_division"],
            given_names(record["guardian_name"]), parts(record["phone"]), parts(record["id_number"]),
        )  # fmt: skip
        wanted = [{n: getattr(row, n) for n in COLUMNS} for row in features(details)]
        mine = [row for row in found if row["record"] == place]
        assert [row["line"] for row in mine] == list(range(len(mine)))
        assert [{n: row[n] for n in COLUMNS} for row in mine] == wanted


def given_names_of(cell: str) -> tuple[Name, ...]:
    return tuple(map(Name, given_names(cell)))


def test_another_process_is_sent_one_slice_and_reads_the_same() -> None:
    table = pa.Table.from_pylist([XIAOHE_TYPED | {"record_id": str(n), "phone": f"0000000{n:04}"} for n in range(2000)])
    piece = table.slice(10, 10)
    packed = _packed(piece)
    assert packed.size < table.nbytes / 10
    sent, here = _unpacked(packed, 10, TODAY), _piece(piece, 10, TODAY)
    assert sent[0].equals(here[0]) and sent[0]["record"].to_pylist() == list(range(10, 20))


def test_a_telephone_of_a_dormitory_is_no_familys() -> None:
    surnames = "王李张刘陈杨黄赵"
    crowd = [{"name": f"{surname}小禾", "phone": "00000000001;00000000142"} for surname in surnames]
    home = [{"name": f"林{given}", "phone": "00000000002"} for given in ("小禾", "小麦", "小米")]
    found = rows(features_of(pa.Table.from_pylist(crowd + home), as_of=TODAY))
    assert all(len(row["crowded"]) == 2 and row["phones"] == () for row in found[:8])
    assert all(row["crowded"] == () and len(row["phones"]) == 1 for row in found[8:])


def test_a_list_of_nothing_has_no_rows_and_a_list_without_names_has_all() -> None:
    assert features_of(pa.table({"record_id": pa.array([], pa.string())})).schema == SCHEMA
    assert features_of(pa.table({"record_id": ["1", "2"], "name": pa.array([None, None], pa.string())})).num_rows == 2
