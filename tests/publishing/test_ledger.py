"""Two editions, one child apart: nobody finds the child by subtracting them."""

import datetime
from decimal import Decimal

import pytest

from tests import world
from tongxing.facts.disclosure import Ledger, protect
from tongxing.facts.results import Cell
from tongxing.facts.suppression import Label, Rule
from tongxing.publishing import actions
from tongxing.publishing.ledger import ledgers
from tongxing.publishing.models import Edition

CODE = "MDGF-1880-H-CHN"
RULE = Rule(threshold=10, base=5)
DAY = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


def next_edition(before: int, after: int, policy: str = "public"):
    first = protect([Cell("m", "persons", (), before)], policy)
    return protect([Cell("m", "persons", (), after)], policy, ledgers=[Ledger(DAY, first.said)]).only("m")


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (12, 13, "10"),  # rounding alone would tell that it was 12
        (9, 10, "< 10"),
        (9, 22, "< 10"),
        (9, 23, "25"),  # 0 to 9 before, 23 to 27 now: at least 14 apart whatever was behind
        (3512, 3520, "3,510"),
        (3512, 3523, "3,525"),
        (100, 100, "100"),
        (300, 4, "< 10"),
        (15, 4, "15"),
    ],
)
def test_a_number_changes_when_all_that_may_stand_behind_it_has_moved_by_ten(before, after, text):
    number = next_edition(before, after)
    assert number.text("en") == text
    assert number.since == (None if number.value and abs(number.value - before) > 10 else number.since)


def test_what_is_carried_on_says_since_when_even_when_nothing_happened():
    assert next_edition(12, 12).since == next_edition(12, 13).since == DAY, "or the date would tell who came"


def test_whether_a_number_stays_depends_on_what_was_said_and_not_on_the_count_behind_it():
    for shown in range(10, 60, 5):
        behind = [count for count in range(10, 70) if RULE.label(count) == Label("shown", shown)]
        for after in range(100):
            assert len({next_edition(before, after).text("en") for before in (behind[0], behind[-1])}) == 1


def test_money_and_centres_are_never_carried_on():
    first = protect([Cell("m", "centres", (), 18)])
    number = protect([Cell("m", "centres", (), 19)], ledgers=[Ledger(DAY, first.said)]).only("m")
    assert (number.value, number.since) == (19, None)


def test_a_rate_moves_when_both_its_parts_have():
    def rate(above: int, below: int, **more: object):
        return protect([Cell("r", "persons", (), None, above, below)], **more)

    before = [Ledger(DAY, rate(50, 100).said)]
    assert rate(52, 140, ledgers=before).only("r").value == Decimal(50)
    assert rate(90, 140, ledgers=before).only("r").value == Decimal(64)


def test_an_edition_keeps_what_it_says_and_the_next_one_reads_it(house, desk):
    coordinator = world.somebody("coordinator")

    def approved() -> Edition:
        with world.as_(coordinator):
            draft = actions.draft_edition(programme_code=CODE, by=coordinator)
        with world.as_(coordinator):
            return actions.approve_edition(edition=draft.pk, seen=draft.content_hash, by=coordinator)

    first = approved()
    with world.as_(desk):
        world.registered(desk, world.child("陈九九", phones=("000 0009",)))
    second = approved()
    one, two = (actions.sheet(edition).figure("children_registered") for edition in (first, second))
    assert two.number.since == first.as_of
    assert [row.numbers for row in two.tables[0].table.rows] != []
    assert [[n.text("en") for n in row.numbers] for row in two.tables[0].table.rows] == [
        [n.text("en") for n in row.numbers] for row in one.tables[0].table.rows
    ]
    kept = ledgers(CODE)
    assert [ledger.as_of for ledger in kept] == [first.as_of, second.as_of]
    assert {cell.measure for cell in kept[0].cells} >= {"children_registered", "referral_success:above"}
    assert actions.sheet(second).figure("centres_community").number.since is None
