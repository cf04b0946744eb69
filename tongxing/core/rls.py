"""Row-level security declared beside the model, so that makemigrations sees it and no table is forgotten.

Every model carries exactly one of these in `Meta.constraints` (a test counts):

- `RowPolicy`   rows of the acting context only (the signed context of `access`)
- `OpenRows`    readable by everyone at the desk and in public, written by the owner; says why
- `ClosedRows`  reached through definer functions or by the owner only

Beside it, `RoleRights` gives one further role what its own job needs of the table.

Predicates are SQL over the row's own columns. `{centres}`, `{user}` and `{national}` stand for values of the signed
context; each becomes a scalar subselect, so it is computed once per statement and not once per row.
"""

from typing import Any

from django.db.models import BaseConstraint

VALUES = {
    "{centres}": "(select access.centres())::uuid[]",
    "{user}": "(select access.user_id())",
    "{session}": "(select access.session_id())",
    "{national}": "(select access.is_national())",
}


def may(part: str, verb: str) -> str:
    """SQL: may the acting context do `verb` (read | add | change | remove) in `part`? Source: access/permissions.py."""
    return f"(select access.may('{part}', '{verb}'))"


def expanded(predicate: str) -> str:
    for name, sql in VALUES.items():
        predicate = predicate.replace(name, sql)
    return predicate


class _Rows(BaseConstraint):
    """What the three have in common: statements on create, their undoing on remove, nothing to validate in Python."""

    def statements(self, table: str) -> list[str]:
        raise NotImplementedError

    def undo(self, table: str) -> list[str]:
        raise NotImplementedError

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        return ";\n".join(self.statements(schema_editor.quote_name(model._meta.db_table)))

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return ";\n".join(self.undo(schema_editor.quote_name(model._meta.db_table)))

    def constraint_sql(self, model: Any, schema_editor: Any) -> None:  # type: ignore[override]  # as UniqueConstraint does
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        """The database decides; there is nothing to check beforehand."""

    def _policy(self, suffix: str, table: str, clause: str) -> str:
        return f'create policy "{self.name}_{suffix}" on {table} {clause}'

    def _owner(self, table: str) -> list[str]:
        # FORCE binds the owner too; without its own policy data migrations and definer functions would see nothing.
        return [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            self._policy("owner", table, "to tx_owner using (true) with check (true)"),
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)


class RowPolicy(_Rows):
    """Rows that the acting context may read, add, change or remove.

    part     the row of the permission matrix that must allow the verb
    rows     SQL predicate for reading, changing and removing
    new_rows SQL predicate for adding, and for a row before and after a change; `rows` unless given
    verbs    which verbs exist at all for the app role; what is not named has no policy and no grant
    columns  which columns a change may touch; all unless given. Whose a row is, and until when, is never among them
    shows    which columns reading may show; all unless given. Secrets are never among them
    readers  further roles that read all rows (tx_counter, tx_match), each for its own job
    adders   further roles that insert rows (tx_match), each for its own job
    open_when SQL predicate of rows that everyone reads, signed in or not (an approved edition); empty: none

    A table that two sides see by different columns (a referral) carries one policy per side.
    """

    def __init__(
        self,
        *,
        name: str,
        part: str,
        rows: str,
        new_rows: str = "",
        verbs: tuple[str, ...] = ("read", "add", "change"),
        columns: tuple[str, ...] = (),
        shows: tuple[str, ...] = (),
        readers: tuple[str, ...] = (),
        adders: tuple[str, ...] = (),
        open_when: str = "",
    ) -> None:
        super().__init__(name=name)
        self.part, self.rows, self.new_rows, self.open_when = part, rows, new_rows, open_when
        self.verbs, self.readers, self.adders = tuple(verbs), tuple(readers), tuple(adders)
        self.columns, self.shows = tuple(columns), tuple(shows)

    def statements(self, table: str) -> list[str]:
        rows, new_rows = expanded(self.rows), expanded(self.new_rows or self.rows)
        # One's own before as after: who only reads a row must not be able to draw it to himself by changing it.
        changed = f"({rows}) and ({new_rows})" if self.new_rows else f"({rows})"
        clause = {
            "read": ("select", f"using ({may(self.part, 'read')} and ({rows}))"),
            "add": ("insert", f"with check ({may(self.part, 'add')} and ({new_rows}))"),
            "change": ("update", f"using ({may(self.part, 'change')} and {changed}) with check ({new_rows})"),
            "remove": ("delete", f"using ({may(self.part, 'remove')} and ({rows}))"),
        }
        done = self._owner(table)
        for verb in self.verbs:
            command, condition = clause[verb]
            done += [
                self._policy(verb, table, f"for {command} to tx_app {condition}"),
                f"grant {command}{self._only(verb)} on {table} to tx_app",
            ]
        for role in self.readers:
            done += [
                self._policy(role, table, f"for select to {role} using (true)"),
                f"grant select on {table} to {role}",
            ]
        for role in self.adders:
            done += [
                self._policy(f"{role}_add", table, f"for insert to {role} with check (true)"),
                f"grant insert on {table} to {role}",
            ]
        if self.open_when:
            done.append(self._policy("open", table, f"for select to tx_app using ({self.open_when})"))
        return done

    def _only(self, verb: str) -> str:
        named = {"change": self.columns, "read": self.shows}.get(verb, ())
        names = ", ".join(f'"{column}"' for column in named)
        return f" ({names})" if names else ""

    def undo(self, table: str) -> list[str]:
        suffixes = ("owner", *self.verbs, *self.readers, *(f"{role}_add" for role in self.adders), "open")
        roles = ", ".join(sorted({"tx_app", *self.readers, *self.adders}))
        return [
            *(f'drop policy if exists "{self.name}_{suffix}" on {table}' for suffix in suffixes),
            f"revoke all on {table} from {roles}",
            f"alter table {table} disable row level security",
        ]

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        kwargs |= {"part": self.part, "rows": self.rows, "new_rows": self.new_rows}
        kwargs |= {"verbs": self.verbs, "readers": self.readers, "adders": self.adders}
        kwargs |= {name: value for name in ("columns", "shows", "open_when") if (value := getattr(self, name))}
        return path, (), kwargs


class OpenRows(_Rows):
    """Reference data that everyone may read; `reason` says why that is harmless. Only the owner writes."""

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(name=name)
        self.reason = reason

    def statements(self, table: str) -> list[str]:
        return [f"grant select on {table} to tx_app, tx_counter, tx_match"]

    def undo(self, table: str) -> list[str]:
        return [f"revoke all on {table} from tx_app, tx_counter, tx_match"]

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        return path, (), kwargs | {"reason": self.reason}


class ClosedRows(_Rows):
    """No role but the owner reads; `adders` may insert and nothing else, `readers` may select and nothing else."""

    def __init__(self, *, name: str, reason: str, adders: tuple[str, ...] = (), readers: tuple[str, ...] = ()) -> None:
        super().__init__(name=name)
        self.reason, self.adders, self.readers = reason, tuple(adders), tuple(readers)

    def statements(self, table: str) -> list[str]:
        done = self._owner(table)
        for role in self.adders:
            done += [
                self._policy(f"{role}_add", table, f"for insert to {role} with check (true)"),
                f"grant insert on {table} to {role}",
            ]
        for role in self.readers:
            done += [
                self._policy(f"{role}_read", table, f"for select to {role} using (true)"),
                f"grant select on {table} to {role}",
            ]
        return done

    def undo(self, table: str) -> list[str]:
        names = [
            "owner",
            *(f"{role}_add" for role in self.adders),
            *(f"{role}_read" for role in self.readers),
        ]
        roles = {*self.adders, *self.readers}
        return [
            *(f'drop policy if exists "{self.name}_{suffix}" on {table}' for suffix in names),
            *(f"revoke all on {table} from {role}" for role in sorted(roles)),
            f"alter table {table} disable row level security",
        ]

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        return path, (), kwargs | {"reason": self.reason, "adders": self.adders, "readers": self.readers}


class RoleRights(_Rows):
    """What one role besides the app does with all rows of a table, for its own job: the columns it reads ("*": all),
    whether it adds, the columns it changes. Stands beside the table's own wall and never in its place."""

    def __init__(
        self, *, name: str, role: str, reads: tuple[str, ...] = (), adds: bool = False, changes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(name=name)
        self.role, self.reads, self.adds, self.changes = role, tuple(reads), adds, tuple(changes)

    def statements(self, table: str) -> list[str]:
        asked = {"select": bool(self.reads), "insert": self.adds, "update": bool(self.changes)}
        clause = {"select": "using (true)", "insert": "with check (true)", "update": "using (true) with check (true)"}
        columns = {"select": () if self.reads == ("*",) else self.reads, "insert": (), "update": self.changes}
        done = []
        for command in (command for command, wanted in asked.items() if wanted):
            names = ", ".join(f'"{column}"' for column in columns[command])
            done += [
                self._policy(command, table, f"for {command} to {self.role} {clause[command]}"),
                f"grant {command}{f' ({names})' if names else ''} on {table} to {self.role}",
            ]
        return done

    def undo(self, table: str) -> list[str]:
        return [
            *(
                f'drop policy if exists "{self.name}_{command}" on {table}'
                for command in ("select", "insert", "update")
            ),
            f"revoke all on {table} from {self.role}",
        ]

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        return path, (), kwargs | {"role": self.role, "reads": self.reads, "adds": self.adds, "changes": self.changes}
