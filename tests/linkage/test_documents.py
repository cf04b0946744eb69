"""Document numbers are read in every spelling, warned about and never refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.linkage.documents import KINDS, read_document
from tongxing.linkage.phones import read_phone

SAMPLE = "11010519491231002X"  # the sample of GB 11643 itself


@pytest.mark.parametrize(
    "text",
    [SAMPLE, SAMPLE.lower(), "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002x", "11010519491231002Х"],
)
def test_a_resident_number_is_one_number_in_all_spellings(text: str) -> None:
    found = read_document(text)
    assert (found.kind, found.canonical, found.warnings) == ("resident_id", SAMPLE, ())
    assert (found.birth, found.sex, found.division) == (date(1949, 12, 31), "female", "110105")


def test_an_old_number_of_15_digits_finds_its_18_digit_form() -> None:
    found = read_document("110105491231002")
    assert (found.kind, found.canonical, found.warnings) == ("resident_id", SAMPLE, ("old_form",))


@pytest.mark.parametrize("prefix", ["81", "82", "83"])
def test_permits_of_hong_kong_macao_and_taiwan_residents_are_their_own_kind(prefix: str) -> None:
    found = read_document(f"{prefix}0000199912310015")
    assert found.kind == "residence_permit"
    assert "county" not in found.warnings


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("110105194912310021", "checksum"), ("110105194913310022", "birth_date"), ("1101051949123100", "length"),
        ("970105194912310021", "county"), ("990000201703020010", "demonstration"),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_said_and_still_taken(text: str, warning: str) -> None:
    found = read_document(text)
    assert warning in found.warnings
    assert (found.kind, found.canonical) == ("resident_id", text)


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("O130123456", "birth_certificate", "O130123456"), ("e12345678", "passport", "E12345678"),
        ("EA1234567", "passport", "EA1234567"), ("УБ17230212", "mongolian_register", "УБ17230212"),
        ("BK17230212", "mongolian_register", "ВК17230212"), ("ёө 17230212", "mongolian_register", "ЁӨ17230212"),
        ("temporary 7", "other", "TEMPORARY7"), ("", "other", ""),
    ],
)  # fmt: skip
def test_other_kinds_are_known_by_their_form(text: str, kind: str, canonical: str) -> None:
    found = read_document(text)
    assert (found.kind, found.canonical) == (kind, canonical)


def test_a_mongolian_number_tells_births_of_this_century_by_the_month() -> None:
    assert read_document("УБ17230212").birth == date(2017, 3, 2)
    assert read_document("УБ95010112").birth == date(1995, 1, 1)
    assert read_document("УБ17320212").birth == date(2017, 12, 2)
    assert "birth_date" in read_document("УБ95990112").warnings


@given(st.text(max_size=40))
def test_no_text_is_refused(text: str) -> None:
    found = read_document(text)
    assert found.kind in KINDS
    assert read_document(found.canonical).canonical == found.canonical


@pytest.mark.parametrize(
    "text",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "008613800138000", "8613800138000",
     "（１３８）００１３８０００"],
)  # fmt: skip
def test_a_telephone_is_one_number_in_all_spellings(text: str) -> None:
    assert read_phone(text).canonical == "13800138000"


def test_mongolian_and_demonstration_numbers_keep_their_digits() -> None:
    assert read_phone("+976 9911 2233").canonical == read_phone("99112233").canonical == "99112233"
    assert read_phone("+976 9911 2233").country == "MN"
    assert read_phone("000 0000 0142").canonical == "00000000142"
    assert read_phone("12").warnings == ("too_short",)


@given(st.text(max_size=40))
def test_reading_a_telephone_twice_changes_nothing(text: str) -> None:
    once = read_phone(text).canonical
    assert once == "" or once.isdecimal()
