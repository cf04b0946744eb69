"""Officers build measures: what is unlawful is refused beside its field, the figure is seen first, versions stay."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import QueryDict
from django.utils.translation import override

from tests import world
from tongxing.facts import known
from tongxing.facts.actions import retire_measure, store_measure, use_measure
from tongxing.facts.measures import measure
from tongxing.facts.models import StoredMeasure
from tongxing.publishing.forms import MeasureForm

BUILD, LIST = "/en/figures/measures/build/", "/en/figures/measures/"
PERSONS = {"value": "distinct", "kinds": ["child_registered"], "basis": "up_to", "dimensions": ["sex", "centre"]}


@pytest.fixture(scope="module")
def mande(house):
    return world.somebody("mande")


@pytest.fixture(scope="module")
def officer(mande):
    return world.client(mande)


@pytest.fixture(scope="module")
def children(desk):
    """Three children in the register: two girls and a boy."""
    with world.as_(desk):
        for number, (name, sex) in enumerate((("甲一", "female"), ("乙二", "female"), ("丙三", "male"))):
            enrolment = world.child(name, sex=sex, phones=(f"000 11{number}",))
            world.registered(desk, enrolment, search_again=False)


def typed(**fields: object) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


@pytest.mark.django_db
def test_what_is_unlawful_is_refused_beside_its_field() -> None:
    """The law is that of facts.measures; that the form asks it is what is tested here."""
    with override("en"):
        persons = MeasureForm(typed(**PERSONS, over_place="sum"))
        assert "another agency" in str(persons.errors["over_place"])
        stock = MeasureForm(typed(**PERSONS | {"value": "count"}, over_time="sum"))
        assert "yesterday" in str(stock.errors["over_time"])
        flow = MeasureForm(typed(**PERSONS | {"value": "count"}, additivity="flow"))
        assert "basis" in flow.errors


@pytest.mark.django_db
def test_each_kind_of_number_is_a_lawful_measure_without_a_word_typed() -> None:
    ratio = {"numerator": "referrals_done", "denominator": "referrals_sent", "kinds": [], "dimensions": ["need"]}
    for value in ("count", "distinct", "sum", "ratio"):
        form = MeasureForm(typed(**PERSONS | {"value": value} | (ratio if value == "ratio" else {})))
        assert form.is_valid(), form.errors
        assert form.measure.topic == "persons"
        assert all(form.measure.title.values())


@pytest.mark.django_db
def test_filters_are_the_closed_lists_that_all_chosen_records_share() -> None:
    both = MeasureForm(typed(**PERSONS | {"kinds": ["referral_sent", "referral_declined"]}))
    assert set(both.filters) == {"sex", "age_band", "need"}
    one = MeasureForm(typed(**PERSONS | {"kinds": ["referral_declined"], "where_reason": ["full"]}))
    assert one.is_valid() and one.measure.where == {"reason": ("full",)}
    wrong = MeasureForm(typed(**PERSONS | {"kinds": ["referral_declined"], "where_reason": ["bad_luck"]}))
    assert "where_reason" in wrong.errors


def test_the_figure_is_seen_before_anything_is_kept(officer, children) -> None:
    page = officer.post(BUILD, typed(**PERSONS, do="show", preview_by="sex"))
    html = page.content.decode()
    assert page.status_code == 200
    assert 'data-figure="preview">3<' in html
    assert "Female" in html and "Male" in html
    assert not StoredMeasure.objects.using("owner").exists()


def test_a_filter_narrows_the_figure(officer, children) -> None:
    page = officer.post(BUILD, typed(**PERSONS, where_sex=["male"], do="show"))
    assert 'data-figure="preview">1<' in page.content.decode()


def test_an_unlawful_roll_up_is_refused_beside_its_field_and_what_was_typed_stays(officer) -> None:
    page = officer.post(BUILD, typed(**PERSONS, over_place="sum", title_en="Children, my way", do="show"))
    html = page.content.decode()
    assert page.status_code == 422
    assert "at another site of the same agency" in html
    assert 'id="id_over_place_error"' in html
    assert "Children, my way" in html
    assert 'data-figure="preview"' not in html


def test_a_built_measure_counts_once_it_is_in_use(officer, mande, children) -> None:
    answer = officer.post(BUILD, typed(**PERSONS, code="girls_registered", where_sex=["female"], do="save"))
    assert answer.status_code == 302
    assert officer.get("/en/figures/?measure=girls_registered").status_code == 404, "a draft counts nothing"
    row = StoredMeasure.objects.using("owner").get(code="girls_registered")
    assert officer.post(f"{LIST}{row.pk}/use/").status_code == 302
    html = officer.get("/en/figures/?measure=girls_registered&by=sex").content.decode()
    assert 'data-figure="internal">2<' in html
    assert measure("girls_registered").where == {"sex": ("female",)}


def test_a_change_is_a_new_version_with_a_reason(officer, mande) -> None:
    wider = typed(**PERSONS, code="girls_registered", do="save")
    refused = officer.post(BUILD, wider)
    assert refused.status_code == 422 and "Say why the new version differs" in refused.content.decode()
    wider["reason"] = "boys belong to it"
    assert officer.post(BUILD, wider).status_code == 302
    first, second = StoredMeasure.objects.using("owner").filter(code="girls_registered").order_by("version")
    assert (first.state, second.state, second.version) == ("in_use", "draft", 2)
    assert measure("girls_registered").where, "the draft changes nothing"
    with world.as_(mande):
        use_measure(StoredMeasure.objects.get(pk=second.pk), by=mande)
    assert not measure("girls_registered").where
    assert StoredMeasure.objects.using("owner").get(pk=first.pk).state == "retired"
    assert StoredMeasure.objects.using("owner").get(pk=first.pk).definition["where"] == {"sex": ["female"]}


@pytest.mark.parametrize(
    "change", [{"definition": {}}, {"version": 9}, {"reason": "x"}, {"state": "draft", "decided_at": None}]
)
def test_what_was_kept_is_never_changed_in_place(mande, change) -> None:
    with world.as_(mande), pytest.raises(DatabaseError), transaction.atomic():
        StoredMeasure.objects.filter(state="in_use").update(**change)


def test_what_a_ratio_is_made_of_stays_while_it_is_in_use(mande) -> None:
    ratio = measure("referral_success").model_copy(update={"code": "share", "numerator": "girls_registered"})
    with world.as_(mande):
        stored = store_measure(ratio, reason="", by=mande)
        use_measure(stored, by=mande)
    row = StoredMeasure.objects.using("owner").get(code="girls_registered", state="in_use")
    with world.as_(mande), pytest.raises(ValueError, match="ratio"), transaction.atomic():
        retire_measure(row, by=mande)
    with world.as_(mande):
        retire_measure(StoredMeasure.objects.get(code="share", state="in_use"), by=mande)
        retire_measure(StoredMeasure.objects.get(pk=row.pk), by=mande)
    assert "girls_registered" not in known.measures()


def test_the_program_s_own_measures_are_not_taken_over(officer, mande) -> None:
    page = officer.post(BUILD, typed(**PERSONS, code="children_registered", do="save"))
    assert page.status_code == 422
    with world.as_(mande), pytest.raises(ValueError, match="shipped"), transaction.atomic():
        store_measure(measure("children_registered"), reason="mine", by=mande)


def test_a_coordinator_reads_measures_and_builds_none(house) -> None:
    coordinator = world.somebody("coordinator")
    client = world.client(coordinator)
    assert client.get(LIST).status_code == 200
    assert client.get(BUILD).status_code == 404
    with world.as_(coordinator), pytest.raises(PermissionDenied), transaction.atomic():
        store_measure(measure("registrations").model_copy(update={"code": "x_x"}), reason="", by=coordinator)


@pytest.mark.django_db
def test_proposed_words_follow_what_is_chosen() -> None:
    with override("en"):
        form = MeasureForm(typed(**PERSONS | {"where_sex": ["female"]}))
    assert form.proposals["title"]["zh"] == "儿童登记（人数，不重复）"
    assert form.proposals["counted"]["en"] == "Records that count: Child registered; only Female."
