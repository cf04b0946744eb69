"""A roster at a centre of the cast: a row that was imported, one like the child who is here, one to be corrected."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests import world
from tests.procedures import lists
from tongxing.procedures.actions import rosters
from tongxing.procedures.models import Roster, RosterRow


def brought(side: Any) -> None:
    """Everything that a roster leaves at the side: `roster`, one of its rows, and a roster that is through."""
    by, canary = side.front_desk, side.canary
    alike = lists.child(0, 姓名=canary.name, 出生日期=canary.birth.isoformat(), 监护人姓名=canary.guardian)
    rows = [alike, lists.child(1, 姓名=canary.sibling, 出生日期="?")]
    side.ids["roster"] = worked(lists.as_csv(rows), by).id
    side.ids["roster_old"] = worked(b"%PDF-1.4 " + str(by.place).encode(), by).id
    with world.as_(by):
        side.ids["roster_row"] = RosterRow.objects.filter(roster_id=side.ids["roster"]).earliest("number").id


def worked(content: bytes, by: Any) -> Roster:
    with world.as_(by):
        roster, _is_new = rosters.take_in(content, name="list.csv", by=by)
    return rosters.work(roster.id, by=by)


def every_form(run: Any) -> None:
    ids = run.cast.here.ids
    file = SimpleUploadedFile("list.csv", lists.as_csv([lists.child(5)]))
    run.post("front_desk", "procedures:roster_list", [], {"file": file}, procedures__Roster="new")
    decided = {"procedures__RosterRow": "state decided_by_id decided_at"}
    run.post("case_worker", "procedures:roster_decide", [ids["roster_row"]], {"answer": "same"}, **decided)
    turned = {"procedures__Roster": "state done total ended_at"}
    run.post("front_desk", "procedures:roster_start", [ids["roster"]], {}, **turned)
    run.post("front_desk", "procedures:roster_undo", [ids["roster_old"]], {})
