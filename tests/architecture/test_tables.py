"""What every table of the house has in common."""

from django.db import models

from tests.architecture.house import tables
from tongxing.core.rls import ClosedRows, OpenRows, RowPolicy


def test_every_table_says_who_sees_its_rows() -> None:
    counted = {RowPolicy: 0, OpenRows: 0, ClosedRows: 0}
    wrong = []
    for model in tables():
        kinds = {type(c) for c in model._meta.constraints if isinstance(c, tuple(counted))}
        if len(kinds) != 1:  # a table may have two RowPolicies, e.g. for sender and receiver
            wrong.append(f"{model._meta.label}: {len(kinds)} of RowPolicy, OpenRows, ClosedRows; exactly one is needed")
        else:
            counted[kinds.pop()] += 1
    assert not wrong, "\n".join(wrong)
    print(", ".join(f"{number} {kind.__name__}" for kind, number in counted.items()))


def test_open_and_closed_tables_say_why() -> None:
    silent = [
        model._meta.label
        for model in tables()
        for wall in model._meta.constraints
        if isinstance(wall, OpenRows | ClosedRows) and len(wall.reason) < 15
    ]
    assert not silent


def test_keys_are_uuids_made_in_python() -> None:
    """An insert-only role cannot read back what the database would have made."""
    wrong = []
    for model in tables():
        key = model._meta.pk
        made_here = isinstance(key, models.UUIDField) and key.has_default() and key.db_default is models.NOT_PROVIDED
        given = isinstance(key, models.CharField | models.BinaryField | models.OneToOneField) or key.name == "pgh_id"
        if not made_here and not given:
            wrong.append(f"{model._meta.label}.{key.name} is a {type(key).__name__}")
    assert not wrong, "\n".join(wrong)


def test_when_and_by_whom_come_together() -> None:
    """A pair `x_at` and `x_by`: both or neither, held by the database."""
    loose = []
    for model in tables():
        names = {field.name: field for field in model._meta.get_fields() if isinstance(field, models.Field)}
        if "pgh_id" in names:
            continue  # a copy of a row that has been held to this already
        for at in (name for name in names if name.endswith("_at")):
            by = at.removesuffix("_at") + "_by"
            if by not in names or not (names[at].null or names[by].null):
                continue
            if not any(
                {at, by} <= _mentioned(c) for c in model._meta.constraints if isinstance(c, models.CheckConstraint)
            ):
                loose.append(f"{model._meta.label}: {at}, {by}")
    assert not loose, "\n".join(loose)


def _mentioned(constraint: models.CheckConstraint) -> set[str]:
    found: set[str] = set()
    for part in constraint.condition.flatten():
        if isinstance(part, models.F):
            found.add(part.name)
        elif isinstance(part, models.Q):
            found |= _keys(part)
    return found


def _keys(condition: models.Q) -> set[str]:
    return {
        name
        for child in condition.children
        for name in (_keys(child) if isinstance(child, models.Q) else {child[0].split("__")[0]})
        if not hasattr(child, "flatten") or isinstance(child, models.Q)
    }


def test_dates_and_times_are_named_for_what_they_are() -> None:
    wrong = []
    for model in tables():
        for field in model._meta.local_fields:
            is_time, is_date = isinstance(field, models.DateTimeField), type(field) is models.DateField
            if field.name.startswith("pgh_"):
                continue
            if (is_time and field.name.endswith("_on")) or (is_date and field.name.endswith("_at")):
                wrong.append(f"{model._meta.label}.{field.name} is a {type(field).__name__}")
    assert not wrong, "\n".join(wrong)


def test_deleting_a_row_never_takes_others_with_it_unasked() -> None:
    cascading = [
        f"{model._meta.label}.{field.name}"
        for model in tables()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.SET_NULL
    ]
    assert not cascading, "SET_NULL loses history: " + ", ".join(cascading)
