"""The picture of a signed paper at each centre of the cast, and every form about papers."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests import world
from tongxing.core.files import checked
from tongxing.procedures.models import Draft
from tongxing.registry import papers
from tongxing.registry.forms import SearchForm
from tongxing.registry.models import Person, SignedPaper


def picture(words: str) -> bytes:
    """A JPEG in whose data stand the words, as a name stands on a photographed sheet."""
    return b"\xff\xd8\xff\xda\0\x04\0\0" + words.encode() + b"\xff\xd9"


def signed(side: Any) -> None:
    with world.as_(side.front_desk) as by:
        person = Person.objects.get(id=side.ids["person"])
        file = checked("paper", picture(side.canary.decider))
        paper = papers.attach(file, person=person, signed_on=world.TODAY, read_aloud_by=side.canary.guardian, by=by)
        side.ids["signed"] = paper.id


def every_form(run: Any, person: Person) -> None:
    """Attaches, takes away, and begins a registration from paper."""
    today = world.TODAY.isoformat()
    given = {"file": SimpleUploadedFile("IMG.jpg", picture("")), "signed_on": today, "read_aloud_by": "顾小纸（演示）"}
    run.post("front_desk", "procedures:signed_papers", [person.id], given, registry__SignedPaper="new")
    paper = SignedPaper.objects.using("owner").get(person=person)
    gone = {"registry__SignedPaper": "content removed_at"}
    run.post("case_worker", "procedures:signed_paper_remove", [paper.id], {}, **gone)
    known = {"name": "吕纸", "birth": "", "origin": "", "guardian": "", "phone": "", "document": ""}
    own = SearchForm.base_fields
    run.post("front_desk", "procedures:registration_start", [], known, own=own, procedures__Draft="new")
    draft = Draft.objects.using("owner").latest("saved_at")
    head = {"written_on": today, "written_by": "顾小纸（演示）", "version": draft.version}
    change = {"procedures__Draft": "sealed version saved_at"}
    run.post("front_desk", "procedures:registration_section", [draft.id, "paper"], head, own=head, **change)
    run.post("front_desk", "procedures:registration_discard", [draft.id], {}, procedures__Draft="gone")
