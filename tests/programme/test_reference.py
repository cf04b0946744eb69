"""The programme as its archived page states it, loaded by the owner and read by everyone."""

import pytest
from django.db import DatabaseError

from tongxing.programme.actions import reference as actions
from tongxing.programme.models import Claim, Indicator, Outcome, Programme

pytestmark = pytest.mark.django_db


def test_the_page_is_there_for_everyone():
    programme = Programme.objects.get(code="MDGF-1880-H-CHN")
    assert (programme.project_id, str(programme.starts_on), str(programme.ends_on)) == (
        "00067197",
        "2008-12-31",
        "2012-02-11",
    )
    assert Outcome.objects.filter(programme=programme).count() == 3


def test_only_what_is_recorded_here_is_bound_to_a_measure():
    bound = Indicator.objects.exclude(measure="").values_list("number", "measure")
    assert list(bound) == [("3.1", "children_registered")]
    assert all(indicator.note["en"] for indicator in Indicator.objects.filter(measure=""))


def test_claims_keep_their_words_and_qualifiers():
    claim = Claim.objects.get(code="children-over-350000")
    assert (claim.qualifier, int(claim.value), claim.quote) == (
        "over",
        350000,
        "over 350,000 children already registered",
    )
    assert not Claim.objects.get(code="professionals-16000-police").stands


def test_the_app_changes_nothing_of_it():
    with pytest.raises(DatabaseError, match="permission denied"):
        Programme.objects.update(status={"en": "Open"})


def test_loading_again_changes_nothing():
    tables = (Programme, Outcome, Indicator, Claim)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    actions.load_reference()
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    assert all(before)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"title": {"zh": "一", "en": "one"}}, "test.yaml.title: no text in mn"),
        ({"lessons": [{"en": "one"}]}, r"test.yaml.lessons\[1\]: no text in mn, zh"),
    ],
)
def test_a_text_without_one_language_is_refused(data, reason):
    with pytest.raises(actions.BadReference, match=reason):
        actions._complete(data, "test.yaml")


def test_an_unknown_measure_is_refused():
    with pytest.raises(actions.BadReference, match="there is no measure 'souls_saved'"):
        actions._known_measure("souls_saved", "test.yaml")
