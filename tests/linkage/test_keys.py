"""Keys: stable numbers, few of them, and enough to find a child again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.linkage.cases import XIAOHE, any_details, person
from tongxing.linkage.details import Details, Features, Name
from tongxing.linkage.keys import PROBES, keys, probes
from tongxing.linkage.normaliser import LINES, VERSION, features
from tongxing.linkage.pinyin import near, toneless
from tongxing.linkage.scripts import folded


def finds(probe: Details, stored: Details = XIAOHE) -> bool:
    return bool(set(probes(probe)) & set(keys(stored)))


@pytest.mark.parametrize(
    "known",
    [
        person("lin xiaohe", born="2017-03-02"), person("林晓荷", born="2017"), person("林小禾", born="about 9"),
        person("林小禾", born="2018"), person("林晓明", born="2017-03-02"), person("林小禾", born="2017-02-03"),
        person("禾禾", origin="130921"), person("林小荷", origin="130921000000"), person("林小禾", guardian="林健"),
        person("宁晓荷", guardian="林建"), person("小明", phone="+00000000142"), person(phone="00000000142"),
        person(born="2017-3-2", origin="130921"), person(born="about 9", guardian="林建"),
        person(guardian="林建", origin="130921"), person("林大禾", born="2017", origin="130921"),
    ],
)  # fmt: skip
def test_any_two_things_that_are_known_find_the_child(known: Details) -> None:
    assert finds(known)


def test_a_document_alone_finds_the_child() -> None:
    stored = replace(XIAOHE, documents=("11010519491231002X",))
    assert finds(person(document="110105491231002"), stored)


def test_a_name_alone_or_a_county_alone_finds_nobody() -> None:
    assert probes(person("林小禾")) == probes(person(origin="130921")) == probes(Details()) == []


def test_somebody_else_is_not_found() -> None:
    assert not finds(person("王强", "male", "2011-05-06", "370102", "王大伟", "00000000999"))


def test_brothers_and_sisters_are_found_by_the_home() -> None:
    assert finds(person("林小麦", born="2019-08", guardian="林建", origin="130921"))
    assert finds(person("林小麦", born="2019-08", phone="00000000142"))


def test_a_steppe_name_is_found_in_the_other_alphabet() -> None:
    stored = person("Б. Тэмүүлэн", born="2016-06-01", origin="MN-041")
    for known in (
        person("Temuulen", born="2016"),
        person("B.Temulen", born="2016-06-01"),
        person("Temuulen", origin="MN-041"),
    ):
        assert finds(known, stored)


def test_a_name_by_which_the_child_is_also_called_has_keys_of_its_own() -> None:
    stored = person(["林小禾", "Anna Lin"], born="2017-03-02")
    assert finds(person("Anna Lin", born="2017"), stored)
    assert finds(person("lin xiaohe", born="2017"), stored)


def test_both_readings_of_a_surname_find_the_child() -> None:
    stored = person("单小禾", born="2017-03-02")
    assert finds(person("shan xiaohe", born="2017"), stored)
    assert finds(person("dan xiaohe", born="2017"), stored)


@pytest.mark.parametrize(
    "known",
    [
        person("王小禾", born="2017-03-02"), person("Xiaohe Lin", born="2017-03-02"), person("小禾", born="2017-02-03"),
        person("林小禾", origin="130922"), person("林小荷", born="2018-03-02"), person("林大力", born="2017-02-05"),
        person("林大力", born="2017-03-29"), person("Лин", born="2017-03-02", origin="130921"),
    ],
)  # fmt: skip
def test_a_child_is_found_over_another_surname_calendar_county_or_script(known: Details) -> None:
    assert finds(known)


@pytest.mark.parametrize(
    ("stored", "known"),
    [
        ("阿依古丽·买买提", "ئايگۈل مەمەت"),
        ("扎西卓玛", "བཀྲ་ཤིས་སྒྲོལ་མ"),
        ("Б. Баатар", "巴特尔"),
        ("Bat Temuulen", "Тэмүүлэн Батын"),
    ],
)
def test_a_child_is_found_in_another_script_by_name_and_year_or_name_and_region(stored: str, known: str) -> None:
    assert finds(person(known, born="2016"), person(stored, born="2016-06-01"))
    assert finds(person(known, origin="650104"), person(stored, origin="650102"))


def test_strong_keys_come_first() -> None:
    probe = replace(XIAOHE, documents=("990000201703020010",))
    stored = features(probe)[0]
    assert probes(probe)[0] == stored.documents[0]
    assert stored.phones[0] in probes(probe)[:3]


def test_keys_never_change_by_themselves() -> None:
    """Stored keys are compared with new ones for years: a change here must come with a new VERSION and re-keying."""
    assert VERSION == 2
    assert sorted(keys(XIAOHE)) == KEYS_OF_XIAOHE


KEYS_OF_XIAOHE = [
    -6663046669258922491,
    -3851383293593275387,
    437268518821606764,
    967644091692876772,
    1111491194042709578,
    1324698117848969961,
    1678067092356864137,
    2452802267060665655,
    4131212974089047100,
    6935675909933454396,
    8743843030556393731,
]


@given(any_details)
def test_nothing_makes_it_raise_and_nothing_grows_beyond_bounds(details: Details) -> None:
    rows = features(details)
    assert 1 <= len(rows) <= LINES
    assert all(isinstance(row, Features) for row in rows)
    for found in (keys(details), probes(details)):
        assert len(set(found)) == len(found)
        assert all(-(2**63) <= key < 2**63 for key in found)
    assert len(probes(details)) <= PROBES
    assert keys(details) == keys(details)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert near(near(toneless(text))) == near(toneless(text))
    assert keys(Details(names=(Name(text),))) == []


@given(any_details)
def test_who_is_stored_is_found_by_the_same_details(details: Details) -> None:
    wanted = probes(details)
    assert not wanted or set(wanted) & set(keys(details))


@given(any_details)
def test_rows_can_be_stored_as_text_of_a_database(details: Details) -> None:
    for row in features(details):
        for text in (row.written, row.sound, row.near, row.skeleton, row.given_core, row.origin):
            assert "\x00" not in text
            text.encode()
