from copy import deepcopy

import pytest

from tongxing.organisations import reference, rules
from tongxing.organisations.models import NEEDS, Organisation


@pytest.fixture(autouse=True)
def unchanged_files():
    yield
    reference._file.cache_clear()


def data(name, monkeypatch):
    """A copy of a data file that the reader will see instead."""
    changed = deepcopy(dict(reference._file(name)))
    real = reference._file
    monkeypatch.setattr(reference, "_file", lambda asked: changed if asked == name else real(asked))
    monkeypatch.setattr(reference._file, "cache_clear", lambda: None, raising=False)
    return changed


def test_what_the_pages_do_not_name_says_that_it_is_a_demonstration():
    marks = {"zh": "（演示）", "en": "(demonstration)", "mn": "(жишээ)"}
    made_up = [o for o in reference.organisations() if o.is_demonstration] + list(reference.centres())
    assert all(mark in row.name[code] for row in made_up for code, mark in marks.items())


def test_what_the_pages_name_carries_its_page():
    stated = [o for o in reference.organisations() if not o.is_demonstration]
    assert {"unesco", "undp", "cangzhou-education"} <= {o.slug for o in stated}
    assert all(o.source and "demonstration" not in o.name["en"] for o in stated)


def test_the_unesco_page_states_nine_sites_two_of_them_unnamed_in_mongolia():
    sites = [s for s in reference.sites() if s.programme == "UNESCO-UPAM"]
    assert len(sites) == 9
    assert sum(s.division_id == "MN" for s in sites) == 2


def test_no_page_says_which_site_is_sending_receiving_or_transitional():
    assert all(site.kinds == [] for site in reference.sites())


def test_a_priority_issue_is_stated_for_beijing_and_dalian_only():
    assert {s.slug for s in reference.sites() if s.priority_issue} == {"unesco-beijing", "unesco-dalian"}


def test_each_unesco_site_has_its_triangle_without_names():
    rows = [p for p in reference.partnerships() if p.organisation_id is None]
    assert len(rows) == 9 * 3
    assert all(p.source for p in rows)


def test_nine_un_agencies_are_demonstrations_because_the_page_names_none():
    agencies = [o for o in reference.organisations() if o.slug.startswith("un-agency-")]
    assert len(agencies) == 9
    assert all(o.is_demonstration for o in agencies)


def test_ids_are_the_same_in_every_instance():
    assert reference.identifier("centre", "changzhou-2") == reference.identifier("centre", "changzhou-2")
    assert reference.identifier("centre", "changzhou-2") != reference.identifier("site", "changzhou-2")


def test_a_service_at_an_unknown_centre_is_refused_with_its_name(monkeypatch):
    data("services.yaml", monkeypatch)["services"]["changzhou-1-school"]["centre"] = "atlantis"
    with pytest.raises(reference.WrongData, match=r"services\.yaml, changzhou-1-school: 'atlantis' is not known"):
        list(reference.services())


def test_wrong_hours_are_refused_with_the_day(monkeypatch):
    data("centres.yaml", monkeypatch)["centres"]["changzhou-1"]["opens"] = {"mon": [["9", "17:00"]]}
    with pytest.raises(reference.WrongData, match=r"centres\.yaml, changzhou-1: mon"):
        list(reference.centres())


def test_a_missing_language_is_refused(monkeypatch):
    data("organisations.yaml", monkeypatch)["organisations"]["undp"]["name"] = {"zh": "开发署", "en": "UNDP"}
    with pytest.raises(reference.WrongData, match="undp: text in mn is missing"):
        list(reference.organisations())


def test_an_unquoted_comma_is_explained(monkeypatch):
    name = {"zh": "一", "en": "one", "mn": "нэг", "two": None}
    data("organisations.yaml", monkeypatch)["organisations"]["undp"]["name"] = name
    with pytest.raises(reference.WrongData, match="quote text that has a comma"):
        list(reference.organisations())


def test_an_unknown_division_or_kind_is_refused(monkeypatch):
    sites = data("sites.yaml", monkeypatch)["sites"]
    sites["unesco-beijing"]["division"] = "999999"
    with pytest.raises(reference.WrongData, match="unesco-beijing: no division has the code '999999'"):
        list(reference.sites())
    sites["unesco-beijing"] |= {"division": "110000", "kinds": ["seaside"]}
    with pytest.raises(reference.WrongData, match="'seaside' is not known; known are sending"):
        list(reference.sites())


def test_kinds_of_organisations_are_the_declared_ones():
    assert {o.kind for o in reference.organisations()} <= {code for code, _name in Organisation.KINDS}


def test_needs_are_the_same_for_rules_and_tables():
    assert tuple(code for code, _name in NEEDS) == rules.NEEDS
