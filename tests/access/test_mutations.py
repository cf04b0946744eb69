"""Mutation control: each wall is taken down in turn, and the probe must see it. A probe that stays green proves nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from tests import world
from tests.access import cast as people
from tests.access import probes
from tests.access.promises import PROMISED, READ_BY_ALL, actors, walled
from tests.access.routes import ROUTES, address, constants, objects
from tongxing.core.rls import RowPolicy, expanded, may
from tongxing.organisations.models import Centre

# Who may add rows that are not of their own centre: by which cell of the matrix. docs/security.md says why.
ADDS_ELSEWHERE = {
    "facts.Fact": ("fact", "add"),  # an outcome is counted where the service was given
    # pseudonyms belong to no centre, nor does a run that compares them
    **dict.fromkeys(("facts.SubjectIdentity", "facts.LinkageRun", "facts.UncertainTie"), ("fact", "add")),
    **{f"programme.{table}": (part, "add") for table, part in (("Document", "document"), ("Lesson", "lesson"))},
    # Whoever speaks may speak about any centre.
    **dict.fromkeys(("programme.Voice", "programme.VoiceStep"), ("voice", "add")),
    **dict.fromkeys(("programme.VoiceChange", "programme.VoiceNumbers"), ("what_changed", "add")),
    "programme.Tick": ("closing", "add"),  # the programme's own, of no centre
    # M&E files for partners who never log in, and speaks with everybody about their reports.
    **dict.fromkeys(("programme.Report", "programme.ReportedValue", "programme.ReportStep"), ("review", "change")),
    "publishing.Edition": ("edition", "change"),  # national; who approves may also add what is approved
    "facts.StoredMeasure": ("measure", "add"),  # measures belong to no centre
    "facts.KeptFigure": ("records", "add"),  # officers keep the records of all centres
    "facts.CellMembers": ("records", "add"),
    "organisations.Proposal": ("proposal", "add"),  # accounts belong to no centre; never for oneself, nor answered
    "organisations.AccessReview": ("account", "add"),
    "registry.Halt": ("halt", "add"),  # the data protection officer, for records of all centres
    "rights.Request": ("ruling", "change"),
}
# Insert-only for the app under any context: its hashes are salted with a secret that the database does not have.
ADDED_BY_ANYBODY = {"procedures.WithdrawalCode", "programme.VoiceCode"}
# Predicates (of a table, or of one policy) that nobody with the part can fail: taking them down changes nothing.
SAME_WITHOUT_ROWS = {
    "registry.Alert": "all its readers are national",
    "rights.Purge": "all its readers are national",
    "registry.LinkRun": "all its readers are national",
    **dict.fromkeys(
        ("readnote_trace", "access.SecurityEvent", "audit.Finding", "audit.Seal"), "all their readers are national"
    ),
    "facts.StoredMeasure": "measures belong to no centre",
    "publishing.Edition": "what is no draft is public",
}
SHOWN_ON_PAGES = {"registry.Person", "procedures.Registration", "procedures.Draft"}


class World:
    """The cast, everybody who acts, and what the matrix promises them; computed once."""

    def __init__(self) -> None:
        self.cast = people.gathered()
        self.models = walled()
        self.actors = actors(self.cast)
        self.clients = {
            who: world.client(self.actors[who], raise_request_exception=False) for who in ("front_desk", "police")
        }
        self.due = probes.due(self.models, self.actors)
        there = self.cast.there
        # The columns that say whose a row is, the telling one first.
        self.side = {
            key: [there.centre.id, there.receiver.centre_id] for key in ("given_from_id", "sender_id", "centre_id")
        }
        office = Centre.objects.get(id=there.partner.centre_id)
        self.side["organisation_id"] = [office.organisation_id]
        self.side["user_id"] = [there.front_desk.user_id]
        self.constants = constants()

    def foreign_row(self, label: str) -> dict[str, Any]:
        model = self.models[label]
        columns = {field.column for field in model._meta.concrete_fields}
        kept = {column: value for column, value in self.side.items() if column in columns}
        whose = next((f"{column} = any('{{{','.join(map(str, values))}}}')" for column, values in kept.items()), "true")
        return probes.foreign_row(model, whose)

    def leaks(self) -> set[tuple[str, str]]:
        """(who, table) where more is seen than promised."""
        seen = probes.seen(self.models, self.actors)
        return {where for where, keys in seen.items() if keys - self.due[where]}

    def pages_leak(self) -> bool:
        """Do pages about records there open?"""
        ids = objects(self.cast.there, self.cast)
        asked = ("registry:person", "procedures:card", "procedures:registration_tasks", "procedures:receipt")
        urls = [address(name, ROUTES[name].kinds, ids, self.constants) for name in asked]
        opened = [client.get(url).status_code == 200 for client in self.clients.values() for url in urls]
        logs = {label: self.models[label] for label in ("access.ReadNote", "access.SecurityEvent")}
        self.due |= probes.due(logs, self.actors)  # each left its trace, or a refusal
        return any(opened)


@pytest.fixture(scope="module")
def world_(house) -> World:
    return World()


@contextmanager
def mutated(down: list[str], up: list[str]) -> Iterator[None]:
    """A wall taken down, committed, and put up again whatever happens."""
    with connections["owner"].cursor() as cursor:
        for statement in down:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in up:
                cursor.execute(statement)


def walls() -> list[tuple[Any, ...]]:
    """How every wall stands; compared before and after."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("select tablename, policyname, roles, cmd, qual, with_check from pg_policies order by 1, 2")
        policies = cursor.fetchall()
        cursor.execute(
            "select c.oid::regclass::text, relrowsecurity, relforcerowsecurity, g.grantee::regrole::text, g.privilege_type"
            " from pg_class c, aclexplode(coalesce(relacl, acldefault('r', relowner))) g where relkind = 'r' order by 1, 4, 5"
        )
        return policies + cursor.fetchall()


def policies(label: str, model: Any) -> list[RowPolicy]:
    return [wall for wall in model._meta.constraints if isinstance(wall, RowPolicy)]


def test_every_table_behind_a_wall_says_what_it_promises(world_) -> None:
    unknown = [label for label in world_.models if not label.endswith("Event") and label not in PROMISED]
    assert not unknown, "add to tests/access/promises.py"
    assert set(PROMISED) <= set(world_.models)


def test_every_table_holds_rows_of_the_other_centre(world_) -> None:
    """Otherwise a hole in its wall would show nothing."""
    full = set()
    with connections["owner"].cursor() as cursor:
        for label, model in world_.models.items():
            cursor.execute(f"select count(*) from {model._meta.db_table}")
            if cursor.fetchone()[0]:
                full.add(label)
    assert set(world_.models) - full == set()
    for label in PROMISED:
        assert world_.foreign_row(label)


def test_everybody_sees_exactly_the_rows_that_the_matrix_promises(world_) -> None:
    seen = probes.seen(world_.models, world_.actors)
    wrong = [
        f"{who} {label}: {len(keys - world_.due[who, label])} too many, {len(world_.due[who, label] - keys)} too few"
        for (who, label), keys in seen.items()
        if keys != world_.due[who, label]
    ]
    assert not wrong, "\n".join(wrong)
    assert not world_.pages_leak()


def test_everybody_writes_exactly_what_the_matrix_promises(world_) -> None:
    wrong = []
    for label, model in world_.models.items():
        if past := _added(world_, label):
            wrong.append(f"{label}: added for another centre by {past}")
        for verb in ("change", "remove"):
            exists = any(verb in policy.verbs for policy in policies(label, model))
            over = probes.overreach(model, verb, world_.actors) if exists else _refused(model, verb, world_)
            wrong += [f"{label}: {verb} by {over}"] if over else []
    assert not wrong, "\n".join(wrong)


def _added(world_: World, label: str) -> dict[str, Any]:
    """Who adds a row of the other centre without being known for it; the history of changes is added to by triggers."""
    if label in ADDED_BY_ANYBODY or (label.endswith("Event") and label not in PROMISED):
        return {}
    past = probes.inserts(world_.models[label], world_.foreign_row(label), world_.actors)
    cell = ADDS_ELSEWHERE.get(label)
    return {
        who: result
        for who, result in past.items()
        if not (cell and world_.actors[who] and world_.actors[who].may(*cell))
    }


def _refused(model: Any, verb: str, world_: World) -> dict[str, Any]:
    """Verbs that do not exist for the app are refused to everybody."""
    key = model._meta.pk.column
    words = {
        "change": f'update {model._meta.db_table} set "{key}" = null',
        "remove": f"delete from {model._meta.db_table}",
    }
    some = {who: world_.actors[who] for who in ("nobody", "front_desk", "coordinator")}
    done = {who: probes.outcome(by, words[verb]) for who, by in some.items()}
    return {who: result for who, result in done.items() if result != probes.REFUSED}


def readings(label: str, model: Any) -> Iterator[tuple[str, list[str], list[str]]]:
    """(words, down, up) for each way of spoiling what may be read of a table."""
    if label in READ_BY_ALL:
        return  # no spoiled policy shows more of them; who writes them is tested like the others
    table = model._meta.db_table
    grant, revoke = f"grant select on {table} to tx_app", f"revoke select on {table} from tx_app"
    has_grant = any("read" in policy.verbs for policy in policies(label, model))
    more, less = ([], []) if has_grant else ([grant], [revoke])
    hole = f"create policy hole on {table} for select to tx_app using (true)"
    yield "using (true)", [hole, *more], [f"drop policy hole on {table}", *less]
    off, on = f"alter table {table} disable row level security", f"alter table {table} enable row level security"
    yield "row level security off", [off, *more], [on, *less]
    for policy in policies(label, model):
        if "read" not in policy.verbs or policy.rows == "true":
            continue
        rows, part = expanded(policy.rows), may(policy.part, "read")
        alter = f'alter policy "{policy.name}_read" on {table} using'
        restore = [f"{alter} ({part} and ({rows}))"]
        if not {label, policy.name} & set(SAME_WITHOUT_ROWS):
            yield f"{policy.name} without its rows", [f"{alter} ({part})"], restore
        yield f"{policy.name} without its part", [f"{alter} ({rows})"], restore


def test_every_spoiled_read_policy_is_noticed(world_) -> None:
    before = walls()
    tried, unnoticed, on_pages = 0, [], set()
    for label, model in world_.models.items():
        for words, down, up in readings(label, model):
            with mutated(down, up):
                tried += 1
                if not any(table == label for _who, table in world_.leaks()):
                    unnoticed.append(f"{label}: {words}")
                if words == "using (true)" and label in PROMISED and world_.pages_leak():
                    on_pages.add(label)
    print(f"read: {tried - len(unnoticed)} of {tried} mutations of {len(world_.models)} tables noticed")
    print(f"also by pages: {', '.join(sorted(on_pages))}")
    assert not unnoticed, "\n".join(unnoticed)
    assert on_pages >= SHOWN_ON_PAGES
    assert walls() == before and not world_.leaks()


def writings(label: str, model: Any) -> Iterator[tuple[str, RowPolicy, str, str]]:
    """(what is spoiled, policy, down, up) for each policy with which something is written."""
    table = model._meta.db_table
    for policy in policies(label, model):
        rows, new = expanded(policy.rows), expanded(policy.new_rows or policy.rows)
        for verb in policy.verbs:
            alter = f'alter policy "{policy.name}_{verb}" on {table}'
            part = may(policy.part, verb)
            if verb == "add":
                yield "add", policy, f"{alter} with check (true)", f"{alter} with check ({part} and ({new}))"
            if verb == "change":
                mine = f"({rows}) and ({new})" if policy.new_rows else f"({rows})"
                whole = f"{alter} using ({part} and {mine}) with check ({new})"
                yield "change", policy, f"{alter} using (true) with check (true)", whole
                # Where a change may touch only some columns, whose a row is cannot change anyhow (tested below).
                if not policy.columns:
                    yield "check", policy, f"{alter} with check (true)", whole
            if verb == "remove":
                yield "remove", policy, f"{alter} using (true)", f"{alter} using ({part} and ({rows}))"


def _written(world_: World, label: str, what: str, policy: RowPolicy) -> Any:
    """What the probe for writing reports; nothing when the walls hold."""
    model, there = world_.models[label], world_.cast.there
    if what == "add":
        return _added(world_, label)
    if what == "check":
        column = next(
            c
            for c in ("sender_id", "receiver_id", "given_from_id", "user_id", "centre_id", "id")
            if c in policy.rows + policy.new_rows
        )
        other = there.front_desk.user_id if column in ("user_id", "id") else there.centre.id
        return probes.moved(model, f"{column} = '{other}'", world_.actors)
    return probes.overreach(model, what, world_.actors)


def test_every_spoiled_write_policy_is_noticed(world_) -> None:
    before = walls()
    tried, unnoticed = 0, []
    for label, model in world_.models.items():
        for what, policy, down, up in writings(label, model):
            tried += 1
            assert not _written(world_, label, what, policy), f"{label} {policy.name} {what} is red with its wall up"
            with mutated([down], [up]):
                if not _written(world_, label, what, policy):
                    unnoticed.append(f"{label}: {policy.name}_{what}")
    print(f"write: {tried - len(unnoticed)} of {tried} mutations noticed")
    assert not unnoticed, "\n".join(unnoticed)
    assert walls() == before


def columns_open(models: dict[str, Any]) -> dict[str, set[str]]:
    """The columns of each table that a change by the app may touch."""
    found: dict[str, set[str]] = {}
    with connections["owner"].cursor() as cursor:
        for label, model in models.items():
            names = [field.column for field in model._meta.concrete_fields]
            cursor.execute(
                "select c from unnest(%s::text[]) as c where has_column_privilege('tx_app', %s, c, 'update')",
                [names, model._meta.db_table],
            )
            found[label] = {name for (name,) in cursor.fetchall()}
    return found


def due_columns(label: str, model: Any) -> set[str]:
    changing = [policy for policy in policies(label, model) if "change" in policy.verbs]
    if not all(policy.columns for policy in changing):
        return {field.column for field in model._meta.concrete_fields}
    return {column for policy in changing for column in policy.columns}


def test_a_change_touches_only_the_columns_that_its_policy_names(world_) -> None:
    wanted = {label: due_columns(label, model) for label, model in world_.models.items()}
    assert columns_open(world_.models) == wanted
    named = [label for label, model in world_.models.items() if any(p.columns for p in policies(label, model))]
    for label in named:
        table = world_.models[label]._meta.db_table
        up = [
            f"revoke update on {table} from tx_app",
            f"grant update ({', '.join(sorted(wanted[label]))}) on {table} to tx_app",
        ]
        with mutated([f"grant update on {table} to tx_app"], up):
            assert columns_open(world_.models) != wanted, label
    assert columns_open(world_.models) == wanted
    # Whose a row is, until when a receiver sees it, in which role somebody is signed in: named by no policy.
    telling = {
        "centre_id",
        "sender_id",
        "receiver_id",
        "user_id",
        "person_id",
        "role",
        "expires_on",
        "password",
        "login",
    }
    assert not {label: wanted[label] & telling for label in named if wanted[label] & telling}
