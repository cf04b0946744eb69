"""The words that a family hears before it decides."""

from datetime import date
from pathlib import Path

import pytest

from tongxing.procedures import rules
from tongxing.registry import consent_text

TEXT = consent_text.edition(1)
FILE = consent_text.FOLDER / "1.yaml"


def test_every_purpose_of_a_registration_has_its_words() -> None:
    assert tuple(purpose.code for purpose in TEXT.purposes) == consent_text.PURPOSES == tuple(rules.ASKED)


@pytest.mark.parametrize("code", ["school", "health", "legal"])
def test_what_is_read_out_is_exactly_what_a_referral_shares(code: str) -> None:
    read_out, shared = TEXT.purpose(code), rules.shared_fields(code)
    assert (read_out.shown, set(read_out.withheld)) == (shared.shown, set(shared.withheld))


def test_families_are_addressed_politely() -> None:
    for words in (TEXT.script, TEXT.withdrawal, TEXT.rights):
        assert "您" in words.zh
        assert "你" not in words.zh
        assert " та" in f" {words.mn.lower()}"


def test_a_decision_holds_for_one_year() -> None:
    assert TEXT.valid_until(date(2026, 11, 21)) == date(2027, 11, 21)
    assert TEXT.valid_until(date(2028, 2, 29)) == date(2029, 2, 28)


def test_the_edition_in_force_is_found_by_day() -> None:
    assert consent_text.in_force(date(2026, 11, 21)) is TEXT
    with pytest.raises(KeyError, match="no consent text is valid"):
        consent_text.in_force(date(1990, 1, 1))


def test_a_text_with_gaps_names_them_all(tmp_path: Path) -> None:
    broken = FILE.read_text(encoding="utf-8").replace("valid_months: 12", "valid_months: 0")
    broken = broken.replace("mn: Зөвхөн хүний тоо; 10-аас цөөн бол нийтлэхгүй.", "mn: ''")
    path = tmp_path / "2.yaml"
    path.write_text(broken.replace("code: legal", "code: court"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"2\.yaml") as refused:
        consent_text.load(path)
    for told in ("purposes must be", "statistics.seen: missing ['mn']", "valid_months: missing"):
        assert told in str(refused.value)
