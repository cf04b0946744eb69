"""Tags of the page: what the reader sees in each language, and that nothing typed becomes markup."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from tongxing.core import date_forms
from tongxing.core.i18n import Text
from tongxing.core.words import Words
from tongxing.desk.templatetags import tx

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("language", "long", "month"),
    [
        ("zh-hans", "2026年11月21日", "2026年11月"),
        ("en", "21 November 2026", "November 2026"),
        ("mn", "2026 оны 11 дүгээр сарын 21", "2026 оны 11 дүгээр сар"),
    ],
)
def test_dates_are_written_as_the_reader_writes_them(language: str, long: str, month: str) -> None:
    with translation.override(language):
        assert tx.local_date(DAY) == long
        assert tx.local_month(DAY) == month


def test_mongolian_months_follow_vowel_harmony() -> None:
    suffixes = {month: date_forms.month_and_year(date(2026, month, 1), "mn").split()[3] for month in range(1, 13)}
    assert {month for month, suffix in suffixes.items() if suffix == "дүгээр"} == {1, 4, 9, 11}


def test_a_missing_date_prints_nothing() -> None:
    assert tx.local_date(None) == tx.local_month(None) == tx.local_moment(None) == ""


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "35 万"), ("en", "350,000"), ("mn", "350,000")])
def test_large_numbers_are_counted_in_the_units_of_the_reader(language: str, shown: str) -> None:
    with translation.override(language):
        assert tx.number(350000) == tx.number(Decimal(350000)) == shown
        assert tx.number("< 10") == "< 10"


def test_text_says_which_language_it_is_in_when_it_is_not_the_pages() -> None:
    with translation.override("en"):
        assert tx.bind_lang(Text(zh="常州")) == '<span lang="zh-Hans">常州</span>'
        assert tx.bind_lang(Text(zh="常州", en="Changzhou")) == "Changzhou"
        assert tx.bind_lang("Б. Тэмүүлэн") == '<span lang="mn">Б. Тэмүүлэн</span>'
        assert tx.bind_lang("𠮷田") == '<span lang="zh-Hans">𠮷田</span>'  # Extension B, outside the basic plane
        assert tx.bind_lang(None) == ""
    with translation.override("zh-hans"):
        assert tx.bind_lang("林小禾") == "林小禾"


def test_a_name_never_becomes_markup() -> None:
    with translation.override("en"):
        shown = Template("{{ name|bind_lang }}").render(Context({"name": "<b>林</b>"}))
    assert "<b>" not in shown


def test_words_follow_the_paper_not_the_frame() -> None:
    words = Words(zh="入学", en="School entry", mn="Сургуульд элсэх")
    with translation.override("zh-hans"):
        assert tx.said(words) == "入学"
        assert tx.said(words, "mn") == "Сургуульд элсэх"


def test_the_language_switch_keeps_page_and_query() -> None:
    request = RequestFactory().get("/en/find/?need=school")
    with translation.override("en"):
        links = tx.language_links(Context({"request": request}))
    assert [link["url"] for link in links] == [f"/{code}/find/?need=school" for code in ("zh-hans", "en", "mn")]
    assert [link["code"] for link in links if link["is_current"]] == ["en"]


def test_a_qr_code_carries_no_style_and_no_script() -> None:
    drawn = str(tx.qr("TX-26-004217"))
    assert drawn.startswith("<svg")
    assert 'aria-label="QR TX-26-004217"' in drawn
    assert not re.search(r"style|script|class=\"segno", drawn)
    assert "<b>" not in str(tx.qr("x", "<b>"))


def test_pinyin_is_offered_for_characters_only() -> None:
    assert tx.spoken("单雨桐") == "Shàn Yǔtóng"
    assert tx.spoken("Б. Тэмүүлэн") == tx.spoken("") == tx.spoken(None) == ""


class Asked(forms.Form):
    name = forms.CharField(help_text="as the family writes it", error_messages={"required": "Write a name"})
    agrees = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect)


def drawn(form: forms.Form) -> str:
    source = (
        '{% include "parts/error_summary.html" %}{% for field in form %}{% include "parts/field.html" %}{% endfor %}'
    )
    with translation.override("en"):
        return Template(source).render(Context({"form": form}))


def test_an_error_is_at_the_top_and_at_the_field_and_the_link_leads_there() -> None:
    html = drawn(Asked({"name": "", "agrees": ""}))
    for target in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{target}"' in html
    assert html.count("Write a name") == 2
    assert 'aria-describedby="id_name_helptext id_name_error"' in html


def test_typed_text_is_kept_and_no_answer_is_chosen_beforehand() -> None:
    assert 'value="林小禾"' in drawn(Asked({"name": "林小禾", "agrees": "maybe"}))
    assert "checked" not in drawn(Asked())


def test_problems_may_come_as_mappings_pairs_or_sentences() -> None:
    given = [{"message": "a", "field": "x"}, ("y", "b"), "c"]
    assert tx.as_pairs(given) == [("x", "a"), ("y", "b"), ("", "c")]


def test_a_moment_is_shown_in_the_current_time_zone() -> None:
    from django.utils import timezone

    with translation.override("zh-hans"), timezone.override("Asia/Shanghai"):
        shown = Template("{{ at|local_moment }}").render(Context({"at": datetime(2026, 11, 21, 6, 52, tzinfo=UTC)}))
    assert shown == "2026年11月21日 14:52"
