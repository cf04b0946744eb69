"""Somebody with a solver reads every edition and finds no withheld count; with a wall taken down, he does."""

import math

import pytest

from tests.attack.attacker import NOTHING, Attack, Attacker, Between
from tests.attack.populations import counted, exact, growing, published, with_steps
from tongxing.facts import suppression
from tongxing.facts.suppression import Disclosing

T = 10
BASES = {"public": 5, "donor": 1}
GROWS = Between("that counts only grow", 0, math.inf)
ONE = Between("that one person came or went", 1, 1)
SHAPES = [(4, 2), (6, 3), (3, 2, 2)]
FOUND: list[tuple[str, Attack]] = []


@pytest.fixture(scope="module", autouse=True)
def told():
    """Prints what was attacked and how narrow it became."""
    yield
    cells = sum(attack.cells for _name, attack in FOUND)
    narrowest = min((attack.narrowest for _name, attack in FOUND), default=0)
    print(f"\nattacked {cells} withheld cells; the narrowest was left with {narrowest} values")


def attacked(policy, shape, seed, step, *, editions=4, ledger=True, between=(NOTHING, GROWS, ONE), steps=False):
    """The attacks on one population's editions, by what the attacker takes for true. Nothing where it was refused."""
    truth = [counted(one, shape) for one in growing(seed, shape, editions=editions, step=step, top=150)]
    if steps:
        truth = [with_steps(one, seed) for one in truth]
    try:
        seen = published(truth, policy, shape, ledger=ledger)
    except Disclosing:
        return {}
    sure = [one for one in between if one is not ONE or step <= 1]
    known = [exact(one) for one in truth]
    return {one: Attacker(seen, known, T, BASES[policy], one).attack() for one in sure}


@pytest.mark.parametrize("policy", BASES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("step", [1, 6, 30])
def test_ten_values_remain_for_every_withheld_count(policy, shape, step):
    tried, n = 0, 5 - len(shape) // 3 * 2
    for seed in range(2 if len(shape) < 3 else 1):
        # Where totals must be exact, few in a step are told by the totals around it: then nothing leaves.
        for between, attack in attacked(policy, shape, seed + step, step, editions=n, steps=policy == "public").items():
            FOUND.append((policy, attack))
            tried += attack.cells
            assert attack.broken == 0, f"seed {seed}: knowing {between.name}, down to {attack.narrowest} values"
    assert tried


@pytest.mark.parametrize("policy", BASES)
def test_control_without_secondary_suppression_counts_are_worked_out(policy, monkeypatch):
    monkeypatch.setattr(suppression, "_hidden_enough", lambda family, said: said)
    attack = attacked(policy, (6, 3), 2, 6, editions=1, between=[NOTHING])[NOTHING]
    assert attack.broken, "the attacker is too weak to prove anything"


@pytest.mark.parametrize("policy", BASES)
def test_control_without_the_ledger_editions_are_subtracted(policy):
    broken = [attacked(policy, (6, 3), seed, 6, ledger=False, between=[GROWS]) for seed in range(4)]
    assert sum(attack.broken for one in broken for attack in one.values()), "the attacker is too weak"


def test_control_without_a_look_at_earlier_editions_a_count_that_appears_gives_others_away(monkeypatch):
    monkeypatch.setattr(suppression, "is_differenced", lambda family, said: False)
    broken = [attacked("donor", (6, 3), seed, 9, between=[GROWS]) for seed in range(4)]
    assert sum(attack.broken for one in broken for attack in one.values()), "the attacker is too weak"


def test_an_exact_total_whose_steps_tell_a_few_is_refused():
    truth = with_steps(counted(next(growing(0, (4, 2), editions=1, step=0, top=150)), (4, 2)), 0)
    few = truth | {("m:steps", (("step", "again"),)): 2, ("m:steps", (("step", "refused"),)): 0}
    few["m:steps", ()] = few["m", ()] + 2
    with pytest.raises(Disclosing):
        published([few], "donor", (4, 2))


def test_a_number_that_moved_far_is_shown_anew_and_one_that_did_not_is_dated():
    truth = [counted(one, (4, 2)) for one in growing(5, (4, 2), editions=12, step=40, top=50)]
    totals = [edition.numbers["m", ()] for edition in published(truth, "public", (4, 2))]
    assert len({number.value for number in totals}) > 4
    assert any(number.since for number in totals)
    assert all(
        abs(number.value - counts["m", ()]) < 20
        for number, counts in zip(totals, truth, strict=True)
        if number.value is not None
    )
