"""Rows: several names and birth dates of one person, whose number it is, where the county went, how rare a name is."""

from dataclasses import replace
from datetime import date

import pytest

from tests.linkage.cases import XIAOHE, person
from tongxing.linkage.divisions import county_today, successors
from tongxing.linkage.documents import read_document, spellings
from tongxing.linkage.names import readings
from tongxing.linkage.normaliser import VERSION, features, stale
from tongxing.linkage.rarity import Tables, rarity
from tongxing.linkage.shapes import shape


def numbered(birth: str, sequence: int, county: str = "130921") -> str:
    """A number with a right check digit."""
    body = f"{county}{birth}{sequence:03d}"
    return next(n for n in (f"{body}{c}" for c in "0123456789X") if "checksum" not in read_document(n).warnings)


def test_a_number_of_another_generation_is_the_homes_and_not_the_childs() -> None:
    row = features(replace(XIAOHE, documents=(numbered("19880506", 2),)))[0]
    assert (row.documents, row.resident_id) == ((), 0)
    assert row.kin_documents == features(person(document=numbered("19880506", 2)))[0].documents


@pytest.mark.parametrize("birth", ["20170302", "20170402", "20160302", "20150911"])
def test_an_official_birth_date_may_differ_from_the_familys(birth: str) -> None:
    row = features(replace(XIAOHE, documents=(numbered(birth, 2),)))[0]
    assert row.kin_documents == () and row.resident_id in row.documents


def test_the_official_birth_date_is_a_row_of_its_own() -> None:
    rows = features(replace(XIAOHE, documents=(numbered("20160911", 2),)))
    assert [row.birth_from for row in rows] == [date(2017, 3, 2), date(2016, 9, 11)]
    assert [row.birth_from for row in features(person("林小禾", document=numbered("20160911", 2)))] == [
        date(2016, 9, 11)
    ]


def test_a_number_of_the_other_sex_is_a_relatives_unless_the_day_is_the_same() -> None:
    assert features(replace(XIAOHE, documents=(numbered("20160911", 1),)))[0].kin_documents
    assert features(replace(XIAOHE, documents=(numbered("20170302", 1),)))[0].resident_id


@pytest.mark.parametrize("place", [2, 5, 14, 16, 17])
def test_a_number_with_one_wrong_digit_still_finds_the_right_one(place: int) -> None:
    right = numbered("20170302", 2)
    wrong = f"{right[:place]}{(int(right[place].replace('X', '9')) + 3) % 10}{right[place + 1 :]}"
    slipped, true = (features(replace(XIAOHE, documents=(n,)))[0] for n in (wrong, right))
    assert set(true.documents) <= set(slipped.documents)
    assert slipped.resident_id == 0  # a number that cannot be is no proof that two are two


def test_two_digits_changed_over_are_one_slip() -> None:
    right = numbered("20170302", 72)
    wrong = right[:14] + right[15] + right[14] + right[16:]
    assert right in spellings(read_document(wrong), XIAOHE.birth)


def test_a_digit_over_and_over_is_no_number() -> None:
    row = features(person("林小禾", phone="11111111111", document="000000000000000000"))[0]
    assert (row.phones, row.documents, row.kin_documents) == ((), (), ())


def test_letters_typed_for_digits_are_digits() -> None:
    assert read_document("1l0105194912310O2X").canonical == "11010519491231002X"


@pytest.mark.parametrize(
    ("before", "today"),
    [("110103", "110101"), ("110223", "110112"), ("132442", "130635"), ("130921", "130921"), ("MN-041", "MN-041")],
)  # fmt: skip
def test_abolished_counties_are_what_they_became(before: str, today: str) -> None:
    assert county_today(before) == today
    assert features(person(origin="130921000000"))[0].origin == "130921"


def test_no_county_became_an_abolished_one() -> None:
    assert not set(successors()) & set(successors().values())
    assert len(successors()) > 2000


@pytest.mark.parametrize(
    "pair",
    [
        "瑶遥",
        "晴睛",
        "林淋",
        "佳桂",
        "杨扬",
        "琪棋",
        "敏海",
        "末未",
        "己巳",
        "日曰",
        "土士",
        "晴清",
        "娜那",
        "莉利",
        "玲铃",
        "伟玮",
    ],
)
def test_look_alikes_are_of_one_class(pair: str) -> None:
    assert shape(pair[0]) == shape(pair[1])


@pytest.mark.parametrize("pair", ["瑶晴", "林桂", "伟强", "华芳", "一二", "明月"])
def test_others_are_not(pair: str) -> None:
    assert shape(pair[0]) != shape(pair[1])


def test_a_rare_name_weighs_more_bits_than_a_common_one() -> None:
    common, rare = (rarity(readings(name)[0]) for name in ("王伟", "亓官蠡"))
    assert 0 < common < rare
    own = Tables({"wang": 0.5}, {"wei": 0.5}, {})
    assert rarity(readings("王伟")[0], own) < common
    assert rarity(readings("Тэмүүлэн")[0], Tables({}, {}, {"tmln": 0.25})) == 2
    assert features(person())[0].rarity == 0


def test_a_guardians_own_record_is_told_by_the_name() -> None:
    assert features(person("林建"))[0].self_key in features(XIAOHE)[0].guardians
    assert features(person("Доржийн Бат"))[0].self_key in features(person("Б. Сүх", guardian="Dorj Bat"))[0].guardians


@pytest.mark.parametrize("guardian", ["Tong Zhong", "Zhong Tong", "钟童"])
def test_a_guardian_in_letters_is_known_in_both_orders(guardian: str) -> None:
    shared = [set(features(person("林小禾", guardian=g))[0].guardians) for g in (guardian, "Zhong Tong")]
    assert shared[0] & shared[1]


def test_a_lunar_birthday_can_be_compared_with_the_solar_one() -> None:
    row = features(person(born="2017-03-02"))[0]
    assert row.lunar == 20170205
    assert features(person(born="2017-03"))[0].lunar == 0


def test_rows_of_another_version_are_made_again() -> None:
    assert stale(VERSION - 1) and not stale(features(XIAOHE)[0].version)
