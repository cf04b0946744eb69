"""Population (i): families of one script whose children are registered again elsewhere, each time with slips of the pen.

Hard in it are the families: brothers and sisters share surname, guardian, telephone and county, some are twins.
Everything is drawn as whole columns: a million records take seconds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from bench.populations import FIELDS, Population, material

NICKNAMES = ("小", "阿")


@dataclass
class Children:
    """One row a child; numbers of households, surnames, characters and counties are places in tables."""

    household: np.ndarray
    surname: np.ndarray
    given: np.ndarray  # two numbers of characters, the second -1 for names of one
    is_male: np.ndarray
    born: np.ndarray
    county: np.ndarray
    twin: np.ndarray
    parents: np.ndarray  # two names by household
    phone: np.ndarray


def made(size: int, rates: dict[str, Any], seed: int) -> Population:
    """About `size` records; see bench.populations."""
    dice = np.random.default_rng(seed)
    children = _children(dice, round(size * (1 - rates["duplicates"])), rates)
    person = _who(dice, len(children.household), size, rates)
    is_first = np.zeros(len(person), bool)
    is_first[: len(children.household)] = True
    again = ~is_first
    columns = {
        "name": _names(dice, children, person, again, rates["name"]),
        "sex": np.where(children.is_male, "male", "female")[person],
        "birth_date": _births(dice, children.born[person], again, rates["birth"]),
        "origin_division": _counties(dice, children.county[person], again, rates["county_moved"]),
        "guardian_name": _guardians(dice, children, person, again, rates["guardian"]),
        "phone": _phones(dice, children, person, again, rates["phone"]),
        "id_number": _documents(dice, children, person, again, rates),
        "source": np.where(is_first, "sending", "receiving"),
    }
    return _tables(dice, columns, children, person)


def _given(dice: np.random.Generator, is_male: np.ndarray, one_character: float) -> np.ndarray:
    found = np.empty((len(is_male), 2), int)
    for sex, mask in (("male", is_male), ("female", ~is_male)):
        numbers, shares = material.given_weights(sex)
        found[mask] = numbers[material.drawn(dice, shares, 2 * mask.sum())].reshape(-1, 2)
    found[dice.random(len(found)) < one_character, 1] = -1
    return found


def _children(dice: np.random.Generator, count: int, rates: dict[str, Any]) -> Children:
    sizes = 1 + material.drawn(dice, np.cumsum(rates["children"]), count)  # more households than needed
    household = np.repeat(np.arange(count), sizes)[:count]
    households = household[-1] + 1
    nth = np.arange(count) - np.searchsorted(household, household)
    twin_before = (nth > 0) & (dice.random(count) < rates["twins"])
    twin_before[1:] &= ~twin_before[:-1]
    twin = np.full(count, -1)
    later = np.flatnonzero(twin_before)
    twin[later], twin[later - 1] = later - 1, later
    is_male = dice.random(count) < 0.525
    given = _given(dice, is_male, rates["one_character"])
    shares_first = (dice.random(households) < rates["generation_character"])[household]
    given[shares_first, 0] = given[np.searchsorted(household, household)[shares_first], 0]
    father, mother = (material.drawn(dice, material.surnames()[1], households) for _ in range(2))
    by_mother = dice.random(count) < rates["mothers_surname"]
    return Children(
        household=household,
        surname=np.where(by_mother, mother[household], father[household]),
        given=given,
        is_male=is_male,
        born=_born(dice, nth, twin_before, household, rates["born"]),
        county=material.drawn(dice, material.counties()[1], households)[household],
        twin=twin,
        parents=np.stack([_adults(dice, father, True, rates), _adults(dice, mother, False, rates)]),
        phone=dice.permutation(3 * count)[:households],
    )


def _born(
    dice: np.random.Generator, nth: np.ndarray, twin_before: np.ndarray, household: np.ndarray, years: list[int]
) -> np.ndarray:
    """Brothers and sisters eleven months to six years apart, twins on one day."""
    first, last = (np.datetime64(f"{year}-01-01") for year in (years[0], years[1] + 1))
    step = np.where(nth == 0, 0, np.where(twin_before, 0, dice.integers(330, 2200, len(nth))))
    since = np.cumsum(step)
    after = since - since[np.searchsorted(household, household)]
    span = (last - first).astype(int)
    eldest = dice.integers(0, span, household[-1] + 1)[household]
    born = (eldest + after) % span
    return first + born.astype("timedelta64[D]")


def _adults(dice: np.random.Generator, surname: np.ndarray, is_male: bool, rates: dict[str, Any]) -> np.ndarray:
    given = _given(dice, np.full(len(surname), is_male), rates["one_character"])
    return _written(surname, given)


def _written(surname: np.ndarray, given: np.ndarray) -> np.ndarray:
    families = np.array(material.surnames()[0])
    characters = np.array([*material.characters(), ""])  # -1 is the empty one
    return np.char.add(np.char.add(families[surname], characters[given[:, 0]]), characters[given[:, 1]])


def _who(dice: np.random.Generator, persons: int, size: int, rates: dict[str, Any]) -> np.ndarray:
    """The person of each record: everybody once, then some again, one to four times."""
    shares = np.cumsum(rates["further_records"])
    more = size - persons
    chosen = dice.permutation(persons)[:more]
    times = 1 + material.drawn(dice, shares, len(chosen))
    return np.concatenate([np.arange(persons), np.repeat(chosen, times)[:more]])


def _happens(dice: np.random.Generator, again: np.ndarray, shares: dict[str, float]) -> dict[str, np.ndarray]:
    """Places where each fault happens, at most one a record, further records only."""
    chance = np.where(again, dice.random(len(again)), 1.0)
    found, low = {}, 0.0
    for fault, share in shares.items():
        found[fault] = np.flatnonzero((chance >= low) & (chance < low + share))
        low += share
    return found


def _names(
    dice: np.random.Generator, children: Children, person: np.ndarray, again: np.ndarray, shares: dict[str, float]
) -> np.ndarray:
    surname, given = children.surname[person], children.given[person]
    faults = _happens(dice, again, {fault: shares[fault] for fault in shares if fault != "surname_homophone"})
    for fault in ("homophone", "other_character"):
        rows = faults[fault]
        place = np.where(given[rows, 1] < 0, 0, dice.integers(0, 2, len(rows)))
        was = given[rows, place]
        numbers, cumulated = material.given_weights("female")
        other = numbers[material.drawn(dice, cumulated, len(rows))]
        given[rows, place] = material.homophones().drawn(dice, was) if fault == "homophone" else other
    rows = np.flatnonzero(again & (dice.random(len(again)) < shares["surname_homophone"]))
    surname[rows] = material.surname_homophones().drawn(dice, surname[rows])
    found = _written(surname, given)
    rows = faults["nickname"]
    last = np.array(material.characters())[np.where(given[rows, 1] < 0, given[rows, 0], given[rows, 1])]
    first = np.choose(dice.integers(0, 3, len(rows)), [*(np.full(len(rows), n) for n in NICKNAMES), last])
    found[rows] = np.char.add(np.char.add(np.array(material.surnames()[0])[surname[rows]], first), last)
    return found


def _births(dice: np.random.Generator, born: np.ndarray, again: np.ndarray, shares: dict[str, float]) -> np.ndarray:
    faults = _happens(dice, again, shares)
    signs = dice.choice([-1, 1], len(born))
    day = born.astype(np.int64)
    day[faults["slip"]] += (signs * dice.integers(1, 10, len(born)))[faults["slip"]]
    day[faults["lunar"]] += (signs * dice.integers(20, 51, len(born)))[faults["lunar"]]
    found = np.datetime_as_string(day.astype("datetime64[D]"))
    rows = faults["nominal_age"]
    year = (born[rows].astype("datetime64[Y]").astype(int) + 1970 + signs[rows]).astype("U4")
    rest = np.array([text[4:].replace("-02-29", "-02-28") for text in found[rows]], dtype="U6")
    found[rows] = np.char.add(year, rest)
    rows = faults["swapped"]
    found[rows] = [f"{t[:4]}-{t[8:]}-{t[5:7]}" if int(t[8:]) <= 12 else t for t in found[rows]]
    rows = faults["january"]
    found[rows] = [f"{text[:4]}-01-01" for text in found[rows]]
    found[faults["missing"]] = ""
    return found


def _counties(dice: np.random.Generator, county: np.ndarray, again: np.ndarray, share: float) -> np.ndarray:
    codes, shares = material.counties()
    moved = again & (dice.random(len(county)) < share)
    return np.array(codes)[np.where(moved, material.drawn(dice, shares, len(county)), county)]


def _guardians(
    dice: np.random.Generator, children: Children, person: np.ndarray, again: np.ndarray, shares: dict[str, float]
) -> np.ndarray:
    """One of the parents, the same for all children of a household; sometimes the other, sometimes nobody."""
    household = children.household[person]
    usual = (dice.random(household.max() + 1) < 0.4).astype(int)[household]
    faults = _happens(dice, again, shares)
    usual[faults["other_parent"]] = 1 - usual[faults["other_parent"]]
    found = children.parents[usual, household]
    found[faults["missing"]] = ""
    return found


def _phones(
    dice: np.random.Generator, children: Children, person: np.ndarray, again: np.ndarray, shares: dict[str, float]
) -> np.ndarray:
    faults = _happens(dice, again, shares)
    number = children.phone[children.household[person]]
    rows = faults["changed"]
    number[rows] = 3 * len(children.household) + dice.integers(0, 60_000_000, len(rows))
    found = material.telephones(number)
    found[faults["missing"]] = ""
    return found


def _documents(
    dice: np.random.Generator, children: Children, person: np.ndarray, again: np.ndarray, rates: dict[str, Any]
) -> np.ndarray:
    codes = np.array(material.counties()[0])[children.county]
    found = material.resident_numbers(codes, children.born, children.is_male)[person]
    rows = np.flatnonzero(again & (dice.random(len(person)) < rates["document_slip"]))
    found[rows] = material.slipped(dice, found[rows])
    has_one = dice.random(len(children.household)) < rates["document"]
    return np.where(has_one[person], found, "")


def _tables(
    dice: np.random.Generator, columns: dict[str, np.ndarray], children: Children, person: np.ndarray
) -> Population:
    order = dice.permutation(len(person))
    number = np.char.add("r", np.char.zfill(np.arange(len(person)).astype("U8"), 8))
    records = {"record_id": number} | {name: column[order] for name, column in columns.items()}
    who = person[order]
    nobody = np.full(len(who), -1)
    truth = {
        "record_id": number,
        "person": who,
        "household": children.household[who],
        "kind": np.full(len(who), "child"),
        "script": np.full(len(who), "han"),
        "source": records["source"],
        "twin_of": children.twin[who],
        "parent": nobody,
        "namesake_of": nobody,
    }
    return Population(pa.table({name: pa.array(records[name]) for name in FIELDS}), pa.table(truth))
