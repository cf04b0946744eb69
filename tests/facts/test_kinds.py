"""Only what a context declared may be recorded."""

import ast
import datetime
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.architecture.house import sources
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts import kinds
from tongxing.facts.kinds import Draft, UnknownCode, check, kind

DAY = datetime.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def party() -> Iterator[None]:
    kind("party_held", attributes={"size": ("small", "large")}, source="tests.Party", title=Text(en="Party"))
    yield
    del kinds.KINDS["party_held"]


def draft(**changed: object) -> Draft:
    given = {"kind": "party_held", "occurred_on": DAY, "source": "tests.Party", "source_id": uuid.uuid4()}
    given["attributes"] = {"size": "small"}
    return Draft(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "party_dreamt"},
        {"source": "tests.Funeral"},
        {"attributes": {"colour": "red"}},
        {"attributes": {"size": "huge"}},
        {"attributes": {}},
        {"sex": "F"},
    ],
)
def test_what_nobody_declared_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UnknownCode):
        check(draft(**changed))


def test_what_was_declared_passes() -> None:
    check(draft(attributes={"size": "large"}, sex="female", subject=uuid.uuid4(), birth_year=2015))


@pytest.mark.parametrize("told", [{"birth_year": 2015}, {"sex": "female"}, {"origin_division": "130921"}])
def test_who_refused_statistics_leaves_nothing(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="refused statistics"):
        check(draft(subject=None, **told))


def test_an_optional_attribute_may_be_left_out_and_is_then_not_stated() -> None:
    check(draft(kind="child_registered", source="procedures.Registration", attributes={}))


def _recorded_by_the_program() -> set[str]:
    """The codes in calls that make a fact: `Draft(kind=…)`, `referral_fact(…)`, and the step that carries one back."""
    found = set()
    for path in sources():
        if "tongxing" not in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = [k.value for k in node.keywords if k.arg == "kind" and node.func.id == "Draft"]
                given += node.args[:1] if node.func.id in ("referral_fact", "_return") else []
                codes = [part.value for one in given for part in ast.walk(one) if isinstance(part, ast.Constant)]
                found |= {code for code in codes if code}
    return found


def test_every_kind_that_the_program_records_is_declared_and_the_other_way_round() -> None:
    assert _recorded_by_the_program() == set(kinds.KINDS) - {"party_held"}


def test_every_kind_has_a_title_in_three_languages_and_is_derived_or_says_why_not() -> None:
    for one in (one for code, one in kinds.KINDS.items() if code != "party_held"):
        assert all(one.title[language].strip() for language in LANGUAGES), one.code
        assert bool(one.derived) != bool(one.why_not), one.code
        assert one.optional <= set(one.attributes)
    for reason, title in kinds.VOID_REASONS.items():
        assert all(title[language].strip() for language in LANGUAGES), reason


INSERT = """
    insert into facts_fact (id, kind, occurred_on, recorded_at, programme, sex, quantity, attributes, source, source_id)
    values (gen_random_uuid(), %s, '2026-11-21', now(), '', '', 1, %s::jsonb, %s, gen_random_uuid())"""


@pytest.mark.parametrize(
    ("code", "said", "source"),
    [
        ("child_dreamt", "{}", "procedures.Registration"),
        ("child_registered", "{}", "tests.Dream"),
        ("child_registered", '{"colour": "red"}', "procedures.Registration"),
        ("child_registered", '{"channel": "dream"}', "procedures.Registration"),
        ("", "{}", ""),
    ],
)
def test_the_database_refuses_what_nobody_declared(house, code: str, said: str, source: str) -> None:
    """Not even the owner brings it in by hand."""
    with pytest.raises(psycopg.errors.CheckViolation, match="nobody declared"):
        house.sql("tx_owner", INSERT, [code, said, source])
    house.sql("tx_owner", INSERT, ["child_registered", '{"channel": "paper"}', "procedures.Registration"])


def test_two_contexts_cannot_claim_one_kind() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        kind("party_held", source="tests.Other", title=Text(en="Other"))


def test_declaring_the_same_again_is_harmless() -> None:
    kind("party_held", attributes={"size": ("small", "large")}, source="tests.Party", title=Text(en="Party"))
