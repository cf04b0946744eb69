"""Agreement: what counts for one child, what for a brother or sister, and what is said about it."""

import json
from importlib.resources import files

import pytest

from tests.linkage.cases import XIAOHE, person
from tongxing.linkage import reasons
from tongxing.linkage.details import Details
from tongxing.linkage.levels import COMPARISONS, WEIGHED, level_names
from tongxing.linkage.normaliser import features
from tongxing.linkage.scoring import agreement, best, is_sibling, read_model, shipped, verdict, weight


def compared(probe: Details, stored: Details = XIAOHE) -> dict[str, str]:
    return best(features(stored), features(probe))


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("林小禾", "same_written"), ("林小荷", "same_sound"), ("小荷", "given_alone"),
        ("lin xiaohe", "same_letters"), ("宁小禾", "near_sound"),
        ("禾禾", "nickname"), ("林阿禾", "nickname"), ("林大河", "nickname"), ("林小麦", "shared_first"),
        ("林强", "surname_only"), ("王小禾", "other_surname"), ("王强", "other"), ("Тэмүүлэн", "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_names_agree_by_degrees(name: str, level: str) -> None:
    assert compared(person(name))["name"].removesuffix("_rare").removesuffix("_common") == level


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("Б. Тэмүүлэн", "same_written"), ("B. Temuulen", "same_skeleton_initial"), ("Temuulen", "same_skeleton"),
        ("D. Temuulen", "other_father"), ("B. Saran", "other_script"), ("Б. Саран", "other"),
    ],
)  # fmt: skip
def test_mongolian_names_agree_by_given_name_and_initial(name: str, level: str) -> None:
    assert compared(person(name), person("Б. Тэмүүлэн"))["name"].removesuffix("_rare") == level


@pytest.mark.parametrize(
    ("born", "level"),
    [
        ("2017-03-02", "same_day"), ("2017-02-03", "swapped"), ("2017-03-04", "near_day"), ("2017-03-09", "few_days"), ("2017-03-30", "day_slip"),
        ("2017年3月", "same_month"), ("2017-02-05", "lunar_exact"), ("2017-02-06", "lunar"), ("2017-06-02", "month_slip"), ("2010-03-02", "year_slip"), ("2018-03-02", "year_off"), ("2017-01-01", "new_year"),
        ("2017", "same_year"), ("about 8", "about_year"), ("2017-09-09", "year_only"), ("2018", "next_year"),
        ("2012", "other"), ("1990-07-09", "generation"), ("", "unknown"),
    ],
)  # fmt: skip
def test_birth_dates_agree_by_degrees(born: str, level: str) -> None:
    assert compared(person(born=born))["birth"] == level


@pytest.mark.parametrize(
    ("known", "level"),
    [
        (person(phone="00000000142", guardian="林健"), "phone_and_guardian"), (person(phone="00000000142"), "phone"),
        (person(guardian="林建", origin="130921"), "guardian_and_county"), (person(guardian="林建"), "guardian"),
        (person(origin="130921"), "county"), (person(origin="370102"), "other_county"),
        (person(guardian="王芳"), "other"), (person("林小禾"), "unknown"),
    ],
)  # fmt: skip
def test_the_home_is_one_comparison(known: Details, level: str) -> None:
    assert compared(known)["household"] == level


def test_the_same_child_elsewhere_is_likely() -> None:
    again = person("林晓荷", "female", "2017年3月", "130921", "林建", "00000000142")
    assert verdict(compared(again)) == "likely"


def test_the_same_name_in_another_life_is_not() -> None:
    assert verdict(compared(person("林小禾", "female", "2011-09-09", "450102", "林强"))) == "none"


@pytest.mark.parametrize(
    "other",
    [
        person("林小麦", "male", "2019年8月", "130921", "林建", "00000000142"),
        person("林强", "male", "2012-05-05", "130921", "林建"),
        person("王小明", "male", "2015-01-07", "130921", "林建", "00000000142"),
        person("林小麦", "female", "2017-03-02", "130921", "林建", "00000000142"),  # a twin
        person("林小麦", "male", "2019-08-01", "130921", "林建", "00000000142", "990000201703020010"),
    ],
)
def test_brothers_sisters_and_twins_are_family_and_never_candidates(other: Details) -> None:
    assert verdict(compared(other)) in ("sibling", "twin")
    assert reasons.household(compared(other))


def test_a_fathers_number_given_for_two_children_does_not_make_them_one() -> None:
    number = "110105198003070011"
    stored = person("林小禾", "female", "2017-03-02", "130921", "林建", "00000000142", number)
    assert (
        verdict(compared(person("林强", "male", "2012-05-05", "130921", "林建", "00000000142", number), stored))
        == "sibling"
    )


def test_a_shared_dormitory_telephone_makes_no_family() -> None:
    assert not is_sibling(compared(person("王强", "male", "2012-05-05", "450102", "王伟", "00000000142")))


def test_a_child_with_another_name_under_one_number_and_birth_date_is_the_same_child() -> None:
    number = "990000201703020010"
    stored = person("林小禾", "female", "2017-03-02", "130921", "林建", "", number)
    assert verdict(compared(person("林安", "female", "2017-03-02", "130921", "林建", "", number), stored)) == "likely"


def test_a_twin_is_called_a_twin() -> None:
    twin = compared(person("林小麦", "female", "2017-03-02", "130921", "林建", "00000000142"))
    assert reasons.household(twin) == reasons.FAMILY["twin"]
    assert reasons.household(compared(person("林小禾"))) == ""


def test_every_field_says_how_it_agrees() -> None:
    levels = compared(person("林小荷", "female", "2017年3月", "130921", "林强", ""))
    said = {each.field: (each.state, each.reason) for each in reasons.agreements(levels)}
    assert said == {
        "name": ("near", "same sound"),
        "birth": ("near", "same month"),
        "origin": ("same", "same county"),
        "guardian": ("other", ""),
        "phone": ("unknown", ""),
        "document": ("unknown", ""),
        "sex": ("same", ""),
    }


def test_every_level_has_words() -> None:
    for field, states in reasons.STATES.items():
        known = {level.removesuffix("_rare").removesuffix("_common") for level in level_names(field)}
        assert set(states) <= known
        assert known - set(states) <= {"other"}


def test_agreement_does_not_depend_on_who_was_stored_first() -> None:
    p, q = features(XIAOHE)[0], features(person("禾禾", "male", "about 9", "130921", "林健"))[0]
    assert agreement(p, q) == agreement(q, p)


def test_weights_add_up_over_the_weighed_comparisons_only() -> None:
    model = shipped()
    levels = {name: level_names(name)[1] for name in COMPARISONS}
    assert weight(levels) == sum(model.weights[name][levels[name]] for name in WEIGHED)
    assert len(model.rows()) == sum(len(level_names(name)) for name in WEIGHED)


def test_a_model_with_a_hole_or_a_stranger_is_refused_by_name() -> None:
    raw = json.loads(files("tongxing.linkage").joinpath("model.json").read_text(encoding="utf-8"))
    del raw["comparisons"]["name"]["same_sound"]
    raw["comparisons"]["sex"]["equal"] = 1
    raw["comparisons"]["birth"]["lunar"] = "much"
    with pytest.raises(ValueError, match=r"missing name\.same_sound; unknown sex\.equal; not a number: birth\.lunar"):
        read_model(json.dumps(raw))
