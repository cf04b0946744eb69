"""What the three archived pages state: sums that meet, sites that exist, slips that cannot be published."""

import re
from decimal import Decimal

import pytest

from tongxing.organisations.models import Site
from tongxing.programme.actions import reference
from tongxing.programme.models import Claim, Lesson, Outcome, Programme, WorkAtSite
from tongxing.programme.rules import Said, Slip, publishable
from tongxing.programme.rules.sites import meeting

pytestmark = pytest.mark.django_db
UNESCO, UNDP, MDGF = "UNESCO-UPAM", "00056779", "MDGF-1880-H-CHN"


def claimed(programme: str, code: str) -> Decimal:
    return Claim.objects.get(programme__code=programme, code=code).value


def test_the_three_pages_are_there():
    assert set(Programme.objects.values_list("code", flat=True)) == {UNESCO, UNDP, MDGF}


def test_the_contributions_add_up_to_the_budget_target():
    assert claimed(UNDP, "budget-undp") + claimed(UNDP, "budget-government") == claimed(UNDP, "budget-total")
    assert claimed(UNDP, "budget-total") == Decimal("4231410")


def test_the_centres_of_both_areas_add_up_to_all():
    words = Claim.objects.get(code="centres-19").quote
    total, sending, receiving = map(int, re.findall(r"\d+", words))
    assert sending + receiving == total == 19


def test_the_sites_of_the_unesco_page_are_as_many_as_it_says():
    stated = claimed(UNESCO, "sites-china-7") + claimed(UNESCO, "sites-mongolia-two")
    assert Site.objects.of_programme(UNESCO).count() == stated == 9


def test_every_site_with_work_is_a_site_of_its_own_programme():
    work = WorkAtSite.objects.select_related("site", "outcome__programme")
    assert all(one.site.programme == one.outcome.programme.code for one in work)
    assert Site.objects.filter(programme=UNDP).count() == 0, "the UNDP page names no site"


def test_what_a_page_does_not_state_is_empty():
    unesco, undp = Programme.objects.get(code=UNESCO), Programme.objects.get(code=UNDP)
    assert (unesco.project_id, unesco.starts_on, unesco.ends_on, dict(unesco.status)) == ("", None, None, {})
    assert (undp.dates_exact_to, dict(undp.status), undp.fund) == ("month", {}, "")
    assert not Lesson.objects.filter(programme__in=[unesco, undp]).exists()
    assert set(Outcome.objects.filter(programme__in=[unesco, undp]).values_list("kind", flat=True)) == {"area"}


def test_no_goal_of_2015_is_said_to_be_stated_by_an_older_page():
    for programme in Programme.objects.all():
        assert all(not one["stated"] for one in programme.alignments if one["kind"] == "sdg")
    with pytest.raises(reference.BadReference, match="never stated"):
        reference._known_alignment({"kind": "sdg", "stated": True}, "test.yaml")
    with pytest.raises(reference.BadReference, match="no alignment of kind 'wish'"):
        reference._known_alignment({"kind": "wish", "stated": True}, "test.yaml")


def test_contacts_are_offices_and_nobody_is_named():
    for programme in Programme.objects.all():
        said = str(programme.contacts)
        assert "@" not in said and not re.search(r"\d{4} ?\d{4}", said)
        assert not re.search(r"\b(Ms|Mr|Mrs)\b|女士|先生", said)


def test_every_claim_of_every_page_that_stands_may_be_published():
    for programme in Programme.objects.all():
        said = [
            Said(c.code, c.figure, c.value, c.population["en"], c.claim_class, c.stands, c.qualifier)
            for c in programme.claims.all()
        ]
        assert publishable(said)


def test_a_number_with_two_qualifiers_is_refused():
    one = Said("outcome", "counties", Decimal(2700), "counties", "adopted_by_others", True, "over")
    other = Said("summary", "counties", Decimal(2700), "counties", "adopted_by_others", True, "exactly")
    with pytest.raises(Slip, match="2,700 of two qualifiers"):
        publishable([one, other])


def test_the_slips_of_the_summary_do_not_stand():
    fallen = set(Claim.objects.filter(stands=False).values_list("code", flat=True))
    assert fallen == {
        "children-350000-three-provinces",
        "professionals-16000-police",
        "counties-16-no-place",
        "counties-2700-plain",
        "counties-over-200",
    }


def test_a_range_keeps_both_ends():
    migrants = Claim.objects.get(code="migrants-130-150-million")
    assert (migrants.qualifier, int(migrants.value), int(migrants.value_to)) == ("between", 130_000_000, 150_000_000)


def test_lessons_of_the_page_keep_what_was_answered_when_the_page_is_loaded_again():
    as_owner = Lesson.objects.using("owner")
    as_owner.filter(code="basket-fund").update(done={"en": "An answer"})
    reference.load_reference()
    assert as_owner.get(code="basket-fund").done == {"en": "An answer"}
    assert Lesson.objects.filter(kind="lesson", programme__code=MDGF).count() == 6


def test_where_which_work_met():
    met = meeting([1, 2, 3], {"tianjin": {1, 3}, "hebei": {2}, "changsha": {1}, "nowhere": set()})
    assert met.pairs == ((1, 2, ()), (1, 3, ("tianjin",)), (2, 3, ()))
    assert (met.together, met.alone, met.unnamed) == (("tianjin",), ("hebei", "changsha"), ("nowhere",))
