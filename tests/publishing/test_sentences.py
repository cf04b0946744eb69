"""Sentences bound to figures: no typed number, no drift between languages, and a withheld number says that it is."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import protect, restored
from tongxing.facts.results import Cell
from tongxing.publishing import sentences

UNIT = Text(zh="人", en="children", mn="хүүхэд")
GOOD = {
    "code": "a",
    "zh": "登记 {registrations}。",
    "en": "Registered: {registrations}.",
    "mn": "Бүртгэсэн: {registrations}.",
}
MEASURES = frozenset({"registrations", "services_delivered"})


def number(value, topic="persons"):
    return protect([Cell("m", topic, (), value)]).only("m")


def test_every_shipped_sentence_is_bound_in_three_languages() -> None:
    shipped = sentences.shipped_sentences()
    assert shipped["MDGF-1880-H-CHN"]
    assert all(sentence.figures for lines in shipped.values() for sentence in lines)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"en": "Registered: 350,000 of {registrations}."}, "typed in en"),
        ({"zh": "登记３５万，{registrations}。"}, "typed in zh"),
        ({"mn": "½ {registrations}."}, "typed in mn"),
        ({"en": "Registered: {souls}."}, "no measure"),
        ({"zh": "登记。"}, "no figure in zh"),
        ({"mn": ""}, "no figure in mn"),
        ({"en": "{registrations} and {services_delivered}."}, "different figures"),
        ({"en": "{registrations} {Registrations}"}, "brace"),
    ],
)
def test_a_sentence_that_could_drift_is_refused(changed: dict[str, str], problem: str) -> None:
    with pytest.raises(sentences.BadSentence, match=problem):
        sentences.read({"P": [GOOD | changed]}, MEASURES)


def test_the_control_the_good_sentence_is_taken() -> None:
    [sentence] = sentences.read({"P": [GOOD]}, MEASURES)["P"]
    assert sentence.figures == ("registrations",)


@pytest.mark.parametrize(
    ("value", "zh", "en", "mn"),
    [
        (3512, "3,510 人", "3,510 children", "3,510 хүүхэд"),
        (350_000, "35 万人", "350,000 children", "350,000 хүүхэд"),
        (0, "不到 10 人", "fewer than 10 children", "10-аас цөөн хүүхэд"),
        (3, "不到 10 人", "fewer than 10 children", "10-аас цөөн хүүхэд"),
    ],
)
def test_a_number_is_said_in_the_form_of_each_language(value: int, zh: str, en: str, mn: str) -> None:
    said = []
    for language in ("zh-hans", "en", "mn"):
        with override(language):
            said.append(sentences.measured(number(value), UNIT, language))
    assert said == [zh, en, mn]


def test_a_hidden_number_and_a_missing_one_say_so() -> None:
    hidden = restored({"state": "hidden", "value": None, "threshold": 0})
    nothing = protect([Cell("m", "things", (), None, 0, 0)]).only("m")
    with override("en"):
        assert sentences.measured(hidden, UNIT, "en") == "(number not published)"
        assert sentences.measured(nothing, UNIT, "en") == "(no records)"
        assert sentences.measured(number(Decimal(67), "money"), Text(en="%"), "en") == "67%"
