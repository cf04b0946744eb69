"""What is odd in the writing of a name is said; nothing is changed behind the family's back."""

import pytest

from tongxing.linkage import names
from tongxing.linkage.documents import read_document
from tongxing.linkage.phones import read_phone
from tongxing.linkage.writing import narrow, one_alphabet, rare

WIDE = str.maketrans("0123456789X-", "０１２３４５６７８９Ｘ－")


@pytest.mark.parametrize(
    ("name", "surname", "spoken"),
    [
        ("仇英", "仇", "Qiú Yīng"),
        ("解晓东", "解", "Xiè Xiǎodōng"),
        ("单田芳", "单", "Shàn Tiánfāng"),
        ("曾小雨", "曾", "Zēng Xiǎoyǔ"),
        ("欧阳小雨", "欧阳", "Ōuyáng Xiǎoyǔ"),
        ("司马相如", "司马", "Sīmǎ Xiāngrú"),
        ("尉迟恭", "尉迟", "Yùchí Gōng"),
    ],
)
def test_the_surname_is_guessed_and_read_as_a_surname(name, surname, spoken):
    assert names.split(name)[0] == surname
    assert names.spoken(name) == spoken


def test_the_guess_is_only_a_guess():
    assert names.split("单于明", "单于") == ("单于", "明")
    assert names.sort_key("单小雨", "单", "Dān Xiǎoyǔ") < names.sort_key("方小雨") < names.sort_key("单小雨")


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("𠮷田", ["U+20BB7"]),
        ("王𬭎𮧵𬭎", ["U+2CB4E", "U+2E9F5"]),
        ("王小明", []),
        ("王\ue5e5", ["U+E5E5"]),
        ("Бат", []),
    ],
)
def test_what_few_computers_draw_is_named_by_code(name, codes):
    assert [one.code for one in rare(name)] == codes


def test_a_rare_character_keeps_its_reading_where_it_is_known():
    assert [one.reading for one in rare("𬭎")] == ["hóng"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Єнхтуяа", "Өнхтуяа"), ("Oдон", "Одон"), ("Tүмэн", "Түмэн"), ("Бvрэн", "Бүрэн"), ("Өлзий", ""), ("Tuul", "")],
)
def test_letters_of_another_alphabet_are_found(typed, meant):
    assert one_alphabet(typed) == meant


@pytest.mark.parametrize("number", ["99010120170302001X", "13800000000", "000-0000-0142"])
def test_full_width_is_the_same_number(number):
    wide = number.translate(WIDE)
    assert wide != number and narrow(wide) == number
    assert read_document(wide).canonical == read_document(number).canonical
    assert read_phone(wide).canonical == read_phone(number).canonical


def test_narrowing_takes_signs_too_and_leaves_characters():
    assert narrow("青竹社区（演示）、𠮷") == "青竹社区(演示)、𠮷"
