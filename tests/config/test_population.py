"""The demonstration population: repeatable, plausible, and unmistakably nobody."""

from collections import Counter
from datetime import date
from itertools import islice

import pytest

from tongxing.config.demo.population import Child, Family, Registration, counties, families
from tongxing.linkage.details import Details, Name
from tongxing.linkage.documents import read_document
from tongxing.linkage.keys import keys, probes
from tongxing.linkage.normaliser import features
from tongxing.linkage.scoring import best, verdict

N = 4000


@pytest.fixture(scope="module")
def people() -> list[Family]:
    return list(families(N, seed=20261121))


@pytest.fixture(scope="module")
def children(people: list[Family]) -> list[Child]:
    return [child for family in people for child in family.children]


def details(found: Registration) -> Details:
    guardians = (found.guardian.name,) if found.guardian else ()
    names = (Name(found.name), *(Name(text, kind) for text, kind in found.other_names))
    return Details(names, found.sex, found.birth, found.origin, guardians, found.phones, found.documents)


def test_the_same_seed_gives_the_same_people_and_another_seed_others(people: list[Family]) -> None:
    assert list(islice(families(N, seed=20261121), 50)) == people[:50]
    assert next(families(N, seed=2)) != people[0]


def test_as_many_children_are_born_as_were_asked_for(children: list[Child]) -> None:
    assert len({child.truth for child in children}) == len(children) == N


def test_a_sixth_of_the_children_are_registered_again_elsewhere(children: list[Child]) -> None:
    again = [child for child in children if len(child.registrations) == 2]
    assert 0.15 <= len(again) / N <= 0.20
    assert all(first.centre != second.centre for first, second in (child.registrations for child in again))
    assert all(first.on < second.on for first, second in (child.registrations for child in again))


def test_nothing_lies_ahead(children: list[Child]) -> None:
    today = date(2030, 5, 1)
    for child in [*children, *(c for f in families(500, 1, today=today) for c in f.children)]:
        for found in child.registrations:
            assert child.birth < found.on <= today
            assert 0 <= found.centre < 19


def test_nobody_can_be_taken_for_a_real_person(children: list[Child]) -> None:
    numbers = [n for child in children for n in child.registrations[0].documents]
    assert 0.40 <= len(numbers) / N <= 0.50
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert read_document(number).warnings == ("demonstration",)
    phones = {phone for child in children for found in child.registrations for phone in found.phones}
    assert all(phone.startswith("000") and len(phone) == 11 for phone in phones)


def test_a_number_says_what_the_child_is(children: list[Child]) -> None:
    for child in children:
        for number in child.registrations[0].documents:
            assert (read_document(number).birth, read_document(number).sex) == (child.birth, child.sex)


def test_counties_are_those_of_today_in_the_provinces_people_leave(people: list[Family]) -> None:
    known = {code for codes in counties().values() for code in codes}
    assert {family.origin for family in people} <= known
    assert 2500 < len(known) < 3200
    provinces = Counter(family.origin[:2] for family in people)
    assert {"41", "13", "34", "51"} == {province for province, _n in provinces.most_common(4)}


def test_households_have_siblings_and_twins(people: list[Family]) -> None:
    sizes = Counter(len(family.children) for family in people)
    assert sizes[1] > sizes[2] > sizes[3] > 0
    births = [[child.birth for child in family.children] for family in people]
    assert any(len(set(days)) < len(days) for days in births)


def test_names_come_in_many_scripts(children: list[Child]) -> None:
    names = [found.name for child in children for found in child.registrations]
    names += [text for child in children for found in child.registrations for text, _kind in found.other_names]
    everything = "".join(names)
    for low, high in ((0x1800, 0x18AF), (0x0F00, 0x0FFF), (0x0600, 0x06FF), (0x0400, 0x04FF), (0x0061, 0x007A)):
        assert any(low <= ord(c) <= high for c in everything), hex(low)
    assert any("·" in name for name in names)


def test_the_search_finds_children_again_and_keeps_families_apart(people: list[Family]) -> None:
    """A coarse gate; the benches measure. Recall among all re-registrations, and brothers and sisters never likely."""
    found = total = mixed = pairs = 0
    for family in people:
        rows = [features(details(child.registrations[0])) for child in family.children]
        for child, own in zip(family.children, rows, strict=True):
            others = [each for each in rows if each is not own]
            pairs += len(others)
            mixed += sum(verdict(best(own, other)) == "likely" for other in others)
            for again in child.registrations[1:]:
                total += 1
                first = details(child.registrations[0])
                is_found = set(probes(details(again))) & set(keys(first))
                found += bool(is_found) and verdict(best(own, features(details(again)))) in ("likely", "possible")
    assert found / total > 0.96
    assert mixed / pairs < 0.003
