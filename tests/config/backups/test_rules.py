"""Which backups stay, which moment is quiet, when the card is red."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.config.backups.rules import LONGEST, Keep, card, is_quiet, kept, moment_of, name_of

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 7, 1)).map(lambda at: at.replace(tzinfo=UTC, microsecond=0))
KEEPS = st.builds(Keep, st.integers(0, 10), st.integers(0, 6), st.integers(0, 14))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@given(st.sets(MOMENTS, max_size=60), KEEPS)
def test_what_stays_is_bounded_holds_the_newest_and_stays_again(made: set[datetime], keep: Keep) -> None:
    stays = kept(made, keep)
    assert stays <= made
    assert len(stays) <= keep.daily + keep.weekly + keep.monthly + 1
    assert not made or max(made) in stays
    assert kept(stays, keep) == stays  # a second pass takes nothing away


@given(st.sets(MOMENTS, min_size=1, max_size=60), KEEPS, st.data())
def test_of_the_last_days_each_keeps_its_newest(made: set[datetime], keep: Keep, data: st.DataObject) -> None:
    told = {at for at in made if max(made) - at <= LONGEST}
    days = sorted({at.date() for at in told}, reverse=True)[: keep.daily]
    for day in days:
        assert max(at for at in made if at.date() == day) in kept(made, keep)


@given(st.sets(MOMENTS, max_size=40), KEEPS, MOMENTS)
def test_a_newer_backup_never_brings_a_removed_one_back(made: set[datetime], keep: Keep, newer: datetime) -> None:
    stays = kept(made, keep)
    later = max(made, default=newer) + timedelta(days=1)
    assert kept(stays | {later}, keep) - {later} <= stays
    assert kept(made | {later}, keep) - {later} <= stays


def test_after_two_years_of_nights_there_are_about_a_dozen_and_none_older_than_families_are_told() -> None:
    nights = {NOW - timedelta(days=day) for day in range(730)}
    stays: set[datetime] = set()
    for night in sorted(nights):  # as it goes: each night on what the night before left
        stays = kept(stays | {night}, Keep(7, 4, 12))
    assert sorted((NOW - at).days for at in stays)[:7] == list(range(7))
    assert 11 <= len(stays) <= 14
    assert 60 <= max((NOW - at).days for at in stays) <= 90


@given(MOMENTS)
def test_a_name_tells_its_moment_and_only_to_its_own_house(at: datetime) -> None:
    name = name_of("0123abcd", at)
    assert moment_of(name, "0123abcd") == at
    assert moment_of(name, "ffffffff") is None


@pytest.mark.parametrize("name", ["tongxing.age", "tongxing-0123abcd-20261399T000000Z.age", "notes.txt", ""])
def test_other_files_are_never_taken_for_backups(name: str) -> None:
    assert moment_of(name, "0123abcd") is None


@pytest.mark.parametrize(
    ("before", "after", "writers", "quiet"),
    [
        ("10:10:", "10:10:", 0, True),
        ("9:10:9", "9:10:9", 0, False),  # somebody was writing before
        ("10:10:", "11:11:", 0, False),  # somebody ended meanwhile
        ("10:10:", "10:10:", 1, False),  # somebody may be ending just now
    ],
)
def test_a_moment_is_quiet_when_nobody_writes_or_ends(before: str, after: str, writers: int, quiet: bool) -> None:
    assert is_quiet(before, after, writers) is quiet


@pytest.mark.parametrize(
    ("ago", "ok", "reason"),
    [(timedelta(hours=47), True, ""), (timedelta(hours=49), True, "old"), (timedelta(hours=1), False, "failed")],
)
def test_the_card_is_red_for_old_and_for_failed(ago: timedelta, ok: bool, reason: str) -> None:
    found = card({"at": (NOW - ago).isoformat(), "ok": ok, "rows": 5, "seconds": 1.5}, NOW)
    assert (found.reason, found.ok) == (reason, not reason)


@pytest.mark.parametrize("days", [3, -2])
def test_the_card_is_red_when_the_drill_passes_on_an_old_backup_or_on_one_from_the_future(days: int) -> None:
    made = NOW - timedelta(days=days)
    found = card({"at": NOW.isoformat(), "made": made.isoformat(), "ok": True, "rows": 5, "seconds": 1.5}, NOW)
    assert (found.reason, found.ok) == ("backup", False)


def test_the_card_is_red_when_there_was_no_drill() -> None:
    assert card(None, NOW).reason == "never"
