"""The transaction number of a row: written by the database, never read back."""

from typing import Any

from django.db import models


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """`xid8`, filled by `pg_current_xact_id()`.

    Django reads database defaults back with RETURNING, which needs SELECT; roles that may only insert have none.
    """

    db_returning = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_default"] = CurrentTransaction()
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_default", None)
        kwargs.pop("editable", None)
        return name, path, list(args), kwargs

    def db_type(self, connection: Any) -> str:
        return "xid8"


class CurrentTransaction(models.Func):
    """`pg_current_xact_id()`: the number of the writing transaction, without wrap-around."""

    function = "pg_current_xact_id"
    arity = 0
    allowed_default = True
    output_field = models.TextField()
