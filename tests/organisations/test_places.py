"""On PostgreSQL, as the app: loading, looking places up, counting centres, finding services."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection

from tongxing.organisations import actions, directory, reference
from tongxing.organisations.models import Centre, Division, Organisation, Service, Site
from tongxing.organisations.rules import Wish

FRIDAY_MORNING = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PROGRAMME = "MDGF-1880-H-CHN"


@pytest.fixture(scope="module", autouse=True)
def places(house):
    """Reference data, committed in a database of this module's own."""
    actions.load_reference()
    return house


def test_loading_again_changes_nothing():
    assert all((table.added, table.changed) == (0, 0) for table in actions.load_reference())


def test_loading_puts_right_what_was_changed_and_says_so():
    Site.objects.using("owner").filter(slug="unesco-dalian").update(programme="elsewhere")
    Centre.objects.using("owner").filter(slug="changzhou-2").update(opens={})
    changed = {table.table: table.changed for table in actions.load_reference() if table.changed}
    assert changed == {"organisations_site": 1, "organisations_centre": 1}


def test_progress_ends_with_everything_done():
    steps = []
    actions.load_reference(progress=lambda *step: steps.append(step))
    words, done, total = steps[-1]
    assert (words, done) == ("Reference data", total)
    assert [done for _words, done, _total in steps] == sorted(done for _words, done, _total in steps)


def test_a_wrong_file_changes_nothing(monkeypatch):
    def broken():
        raise reference.WrongData("centres.yaml, x: wrong")
        yield

    Site.objects.using("owner").filter(slug="unesco-dalian").update(programme="elsewhere")
    with monkeypatch.context() as patch:
        patch.setattr(reference, "services", broken)
        with pytest.raises(reference.WrongData):
            actions.load_reference()
    assert Site.objects.get(slug="unesco-dalian").programme == "elsewhere"
    actions.load_reference()


@pytest.mark.parametrize("model", [Division, Organisation, Site, Centre, Service])
def test_the_app_reads_reference_data_and_cannot_change_it(model):
    assert model.objects.exists()
    with pytest.raises(DatabaseError, match="permission denied"):
        model.objects.update(**{model._meta.pk.attname: model._meta.pk.value_from_object(model.objects.first())})
    connection.close()


def test_nineteen_community_centres_four_sending_fifteen_receiving():
    centres = Centre.objects.community().of_programme(PROGRAMME).open_on(date(2026, 11, 21))
    assert centres.by_area() == {"sending": 4, "receiving": 15}
    assert Centre.objects.community().count() == 19


def test_a_centre_does_not_count_before_it_opens_or_after_it_closes():
    owned = Centre.objects.using("owner").filter(slug="changsha-3")
    owned.update(closed_on=date(2026, 6, 1))
    counted = Centre.objects.community()
    assert counted.open_on(date(2009, 12, 31)).count() == 0
    assert counted.open_on(date(2026, 5, 31)).count() == 19
    assert counted.open_on(date(2026, 6, 1)).count() == 18
    owned.update(closed_on=None)


def test_the_slugs_that_the_demonstration_signs_in_at_are_there():
    from tongxing.config.demo.staff import STAFF

    wanted = {member.centre for member in STAFF if member.centre}
    assert wanted == set(Centre.objects.filter(slug__in=wanted).values_list("slug", flat=True))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("沧县", "130921"),
        ("cangxian", "130921"),
        ("Cang County, Hebei", "130921"),
        ("河北省沧州市沧县", "130921"),
        ("ＣＡＮＧＺＨＯＵ", "130900"),
        ("常州天宁", "320402"),
        ("Tianning", "320402"),
        ("Ürümqi", "650100"),
        ("Улаанхад", "150400"),
        ("乌兰巴托", "MN-1"),
        ("Хэнтий", "MN-039"),
        ("khentii", "MN-039"),
    ],
)
def test_a_place_is_found_however_it_is_written(typed, code):
    assert Division.objects.named(typed)[0].code == code


def test_an_exact_name_wins_over_names_that_only_begin_so():
    assert {d.name["zh"] for d in Division.objects.named("沧州")} == {"沧州市", "沧州地区"}
    assert Division.objects.named("沧").count() > 2


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "||", "Atlantis", "'; drop table x; --"])
def test_nonsense_finds_no_place(typed):
    assert not Division.objects.named(typed).exists()


def test_current_codes_come_before_abolished_ones():
    found = list(Division.objects.named("沧县"))
    assert [d.valid_to is None for d in found] == [True, False]
    assert Division.objects.named("沧县").current().count() == 1


def test_a_place_says_what_it_lies_in():
    place = Division.objects.select_related("parent__parent__parent").get(code="130921")
    assert place.full_name("zh-hans") == "河北省沧州市沧县"
    assert place.full_name("en") == "Cang County, Cangzhou, Hebei"


def test_an_old_document_names_the_county_of_its_year():
    place = Division.objects.get(code="332400")
    assert place.named_in(1980)["zh"] == "温州地区"
    assert place.named_in(1984)["zh"] == "金华地区"


def test_corners_of_the_triangle_that_nobody_fills_are_named():
    assert Site.objects.get(slug="unesco-kunming").missing_parts() == []
    assert Site.objects.get(slug="mdgf-zhongshan").missing_parts() == ["research", "ngo"]


def slugs(answer):
    return [found.service.slug for found in answer.found]


def test_open_services_come_first():
    answer = directory.find(Wish(), FRIDAY_MORNING)
    states = [found.opening.is_open for found in answer.found]
    assert states == sorted(states, reverse=True)
    assert any(states) and not all(states)
    assert answer.total == Service.objects.count()


def test_a_city_means_all_its_districts():
    answer = directory.find(Wish(place="Changzhou"), FRIDAY_MORNING)
    assert answer.total == Service.objects.filter(centre__slug__startswith="changzhou").count()
    assert not any(found.is_elsewhere for found in answer.found)


def test_a_district_also_shows_what_its_city_has():
    answer = directory.find(Wish(place="天宁区", need="wages"), FRIDAY_MORNING)
    assert [(found.service.slug, found.is_elsewhere) for found in answer.found] == [("changzhou-legal-1-wages", True)]


def test_an_unknown_place_finds_nothing():
    answer = directory.find(Wish(place="Atlantis"), FRIDAY_MORNING)
    assert (answer.places, answer.found, answer.total, answer.checked_on) == ([], [], 0, None)


def test_need_age_language_and_hours_narrow_the_answer():
    assert "changzhou-school-1-places" in slugs(directory.find(Wish(need="school", age=12), FRIDAY_MORNING))
    assert "changzhou-school-1-places" not in slugs(directory.find(Wish(need="school", age=13), FRIDAY_MORNING))
    assert slugs(directory.find(Wish(languages=frozenset({"ug"})), FRIDAY_MORNING)) == ["tianjin-school-1-places"]
    late = directory.find(Wish(place="Changzhou", is_late=True), FRIDAY_MORNING)
    assert "changzhou-legal-1-legal" not in slugs(late) and "changzhou-legal-1-wages" in slugs(late)
    now = directory.find(Wish(is_open_now=True), FRIDAY_MORNING)
    assert now.found and all(found.opening.is_open for found in now.found)


def test_on_a_public_holiday_a_centre_is_closed_and_on_a_make_up_day_it_is_open():
    school = Centre.objects.get(slug="changzhou-4")  # Monday to Friday
    morning = {"hour": 10, "tzinfo": ZoneInfo("Asia/Shanghai")}
    assert not school.opening(datetime(2026, 10, 1, **morning)).is_open  # Thursday, National Day
    assert school.opening(datetime(2026, 10, 10, **morning)).is_open  # Saturday, worked instead
    assert not school.opening(datetime(2026, 10, 17, **morning)).is_open  # an ordinary Saturday


def test_a_centre_with_weekend_hours_is_closed_on_a_weekend_holiday():
    centre = Centre.objects.get(slug="changzhou-1")
    saturday = datetime(2026, 10, 3, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert not centre.opening(saturday).is_open
    assert centre.opening(saturday + timedelta(days=14)).is_open


def test_mongolia_keeps_its_own_time_and_holidays():
    centre = Centre.objects.get(slug="ulaanbaatar-1")
    there = ZoneInfo("Asia/Ulaanbaatar")
    assert centre.opening(datetime(2026, 10, 1, 10, 0, tzinfo=there)).is_open
    assert not centre.opening(datetime(2026, 11, 26, 10, 0, tzinfo=there)).is_open  # Republic Day


def test_finding_takes_few_questions_whatever_the_answer(django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        directory.find(Wish(place="Changzhou"), FRIDAY_MORNING)
