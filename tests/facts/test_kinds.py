"""Only what a context declared may be recorded."""

import datetime
import uuid
from collections.abc import Iterator

import pytest

from tongxing.core.i18n import Text
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
    return Draft(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "party_dreamt"},
        {"source": "tests.Funeral"},
        {"attributes": {"colour": "red"}},
        {"attributes": {"size": "huge"}},
        {"sex": "F"},
    ],
)
def test_what_nobody_declared_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UnknownCode):
        check(draft(**changed))


def test_what_was_declared_passes() -> None:
    check(draft(attributes={"size": "large"}, sex="female", subject=uuid.uuid4(), birth_year=2015))


def test_who_refused_statistics_leaves_no_birth_year() -> None:
    with pytest.raises(ValueError, match="birth year"):
        check(draft(subject=None, birth_year=2015))


def test_two_contexts_cannot_claim_one_kind() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        kind("party_held", source="tests.Other", title=Text(en="Other"))


def test_declaring_the_same_again_is_harmless() -> None:
    kind("party_held", attributes={"size": ("small", "large")}, source="tests.Party", title=Text(en="Party"))
