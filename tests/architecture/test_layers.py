"""Foreign keys point down, as imports do (import-linter holds those)."""

from django.db.models import ForeignObject

from tests.architecture.house import context_of, storey_of, tables


def test_foreign_keys_point_down() -> None:
    upward = []
    for model in tables():
        for field in model._meta.get_fields():
            target = field.remote_field.model if isinstance(field, ForeignObject) and field.remote_field else None
            if target is None or not target.__module__.startswith("tongxing."):
                continue
            mine, theirs = context_of(model), context_of(target)
            if mine != theirs and storey_of(mine) >= storey_of(theirs):
                upward.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert not upward, "\n".join(upward)
