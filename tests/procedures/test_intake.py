"""From the form to the record: nothing that is asked gets lost on the way, and a new field needs no wiring."""

import dataclasses

from tests import world
from tongxing.core.jurisdiction import jurisdiction
from tongxing.procedures import intake
from tongxing.procedures.forms import SECTIONS
from tongxing.procedures.rules.registration import ASKED
from tongxing.registry.models import Person
from tongxing.registry.rules import Enrolment

# Asked under another name than kept, or kept in a table of its own.
TRANSLATED = {
    "birth",
    "document",
    "phone",
    "origin",
    "other_names",
    "guardian_name",
    "guardian_relation",
    "guardian_lives_with",
}
TRANSLATED |= {"is_unaccompanied", "moved_on", "move_reason", "moved_with", "division", "community", "address"}
TRANSLATED |= {"read_by", "decided_by", "assent", *(f"consent_{purpose}" for purpose in ASKED)}


def test_every_question_has_a_place_in_the_enrolment(db):
    kept = {field.name for field in dataclasses.fields(Enrolment)}
    asked = {name for section in SECTIONS for name in section.fields}
    assert asked - TRANSLATED <= kept


def test_what_is_typed_is_what_is_kept(house):
    desk = world.somebody("front_desk", "changzhou-2")
    typed = {
        "name": " 陈一一 ",
        "surname": "陈",
        "hukou": "rural",
        "sex": "female",
        "read_by": "desk",
        "birth": "2017-03-02",
    }
    with world.as_(desk):
        said = intake.enrolment(typed, jurisdiction("CN"), world.TODAY)
        kept = Person.objects.get(id=world.registered(desk, said).person_id)
    assert (kept.name, kept.surname, kept.hukou, kept.sex, kept.birth_said) == (
        "陈一一",
        "陈",
        "rural",
        "female",
        "2017-03-02",
    )


def test_what_is_longer_than_its_column_is_cut_and_does_not_break(house):
    desk = world.somebody("front_desk", "changzhou-2")
    with world.as_(desk):
        kept = world.registered(desk, world.child("陈二二", phones=("000 22",), birth_said="很" * 90)).person
    assert kept.birth_said == "很" * 60
