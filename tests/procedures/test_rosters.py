"""A roster comes in, is checked, imported, undone: as if typed at the desk, never by half, never twice."""

import datetime
import io
from collections import Counter

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from openpyxl import load_workbook

from tests import world
from tests.procedures import lists
from tests.rights import child as family
from tongxing.procedures.actions import rosters
from tongxing.procedures.models import Registration, Roster, RosterRow
from tongxing.registry.models import Consent, Person
from tongxing.rights import actions as rights

DAY = datetime.date(2026, 9, 1)
FIRST = lists.as_xlsx([lists.child(n) for n in range(5)])  # a workbook made anew has other bytes


def came(content: bytes, by, *, name: str = "list.xlsx") -> Roster:
    """Taken in, read and checked."""
    with world.as_(by):
        roster, _is_new = rosters.take_in(content, name=name, by=by)
    return rosters.work(roster.id, by=by)


def imported(content: bytes, by) -> Roster:
    roster = came(content, by)
    with world.as_(by):
        rosters.start(roster, by=by)
    return rosters.work(roster.id, by=by)


def states(roster: Roster, by) -> Counter:
    with world.as_(by):
        return Counter(RosterRow.objects.filter(roster=roster).values_list("state", flat=True))


def test_a_checked_roster_has_registered_nobody_and_a_started_one_everybody(house, desk) -> None:
    roster = came(FIRST, desk)
    assert (roster.state, states(roster, desk)) == ("checked", {"ready": 5})
    assert not house.sql("tx_owner", "select 1 from procedures_registration")
    with world.as_(desk):
        rosters.start(roster, by=desk)
    assert rosters.work(roster.id, by=desk).state == "done"
    assert states(roster, desk) == {"imported": 5}
    with world.as_(desk):
        made = Registration.objects.select_related("person")
        assert {one.person.name for one in made} == set(lists.NAMES[:5])
        assert all(one.channel == "paper" and one.registered_on == DAY for one in made)
        assert all(one.registered_at.date() != DAY for one in made), "recorded on is not occurred on"
        assert all(one.steps.count() == 1 and one.tasks.count() and one.case for one in made)
        given = Consent.objects.filter(person=made[0].person)
        assert {one.purpose: one.decision for one in given} == {
            "registration": "agreed", "statistics": "agreed", "school": "refused", "health": "refused",
            "legal": "refused", "linkage": "refused", "contact": "refused",
        }  # fmt: skip
        assert {(one.decided_at.date(), one.text_edition, one.language, one.read_by) for one in given} == {
            (DAY, 1, "zh", "desk")
        }
    facts = house.sql("tx_owner", "select occurred_on, attributes ->> 'channel' from facts_fact")
    assert facts == [(DAY, "paper")] * 5
    assert house.sql("tx_owner", "select count(distinct person_id) from registry_searchkey")[0][0] == 5


def test_the_same_file_twice_and_the_same_rows_in_another_file_change_nothing(house, desk) -> None:
    with world.as_(desk):
        again, is_new = rosters.take_in(FIRST, name="copy.xlsx", by=desk)
    assert (is_new, again.state) == (False, "done")
    other = imported(lists.as_csv([lists.child(n) for n in range(6)]), desk)  # other bytes, five of the same rows
    assert states(other, desk) == {"known": 5, "imported": 1}
    assert house.sql("tx_owner", "select count(*) from procedures_registration")[0][0] == 6


def test_another_centre_may_bring_the_same_file(house, desk, elsewhere) -> None:
    """What one centre has brought is nothing to another: neither its hash nor its persons are told."""
    roster = came(FIRST, elsewhere)
    assert states(roster, elsewhere) == {"ready": 5}


def test_who_may_be_here_already_waits_for_a_person_and_nothing_is_made(house, desk) -> None:
    twin = lists.child(0, 电话="000 7777")  # the same child with a phone: other content, same person
    roster = imported(lists.as_xlsx([twin, lists.child(7)]), desk)
    assert states(roster, desk) == {"review": 1, "imported": 1}
    with world.as_(desk):
        row = RosterRow.objects.get(roster=roster, state="review")
        assert [Person.objects.get(id=one).name for one in row.candidates] == [lists.NAMES[0]]
        rosters.decide(row.id, same=True, by=desk)
        with pytest.raises(rosters.NotNow):
            rosters.decide(row.id, same=False, by=desk)
    assert house.sql("tx_owner", "select count(*) from registry_person where name = %s", [lists.NAMES[0]])[0][0] == 1


def test_somebody_else_is_imported_when_a_person_says_so(house, desk) -> None:
    roster = imported(lists.as_xlsx([lists.child(1, 电话="000 8888"), lists.child(2, 电话="000 8889")]), desk)
    assert states(roster, desk) == {"review": 2}
    with world.as_(desk):
        for row in RosterRow.objects.filter(roster=roster):
            assert rosters.decide(row.id, same=False, by=desk).state == "imported"
    assert states(roster, desk) == {"imported": 2}


def test_a_child_that_stands_twice_in_other_words_is_asked_about(house, desk) -> None:
    one, two = lists.child(8, 住址=""), lists.child(8, 住址="示范路 9 号（演示）")
    assert states(imported(lists.as_xlsx([one, two]), desk), desk) == {"imported": 1, "review": 1}


def test_an_undone_roster_leaves_nobody_but_those_with_later_work(house, desk) -> None:
    roster = imported(lists.as_xlsx([lists.child(n) for n in range(20, 25)]), desk)
    assert states(roster, desk) == {"imported": 5}
    with world.as_(desk):
        worked = RosterRow.objects.filter(roster=roster)[0].registration
        person = Person.objects.get(id=worked.person_id)
        person.spoken = "corrected"
        person.save(update_fields=["spoken"])
        rosters.undo(roster, by=desk)
    before = house.sql("tx_owner", "select count(*) from facts_fact where voids_id is not null")[0][0]
    assert rosters.work(roster.id, by=desk).state == "undone"
    assert states(roster, desk) == {"kept": 1, "undone": 4}
    after = house.sql("tx_owner", "select count(*) from facts_fact where voids_id is not null")[0][0]
    assert after - before == 4
    with world.as_(desk):
        assert Person.objects.filter(id=worked.person_id).exists()
        assert {row.sealed for row in RosterRow.objects.filter(roster=roster, state="undone")} == {""}
    assert imported(lists.as_xlsx([lists.child(n) for n in range(20, 25)]), desk).id != roster.id


def test_a_month_later_the_words_of_a_list_are_gone_and_what_waits_for_a_person_waits(house, desk) -> None:
    rows = [lists.child(30, 电话=""), lists.child(30, 电话="000 5555"), lists.child(31, 同意日期="")]
    roster = imported(lists.as_csv(rows), desk)
    assert states(roster, desk) == {"imported": 1, "review": 1, "refused": 1}
    house.sql(
        "tx_owner", "update procedures_roster set ended_at = now() - interval '29 days' where id = %s", [roster.id]
    )
    assert rosters.expire() == 0
    house.sql(
        "tx_owner", "update procedures_roster set ended_at = now() - interval '31 days' where id = %s", [roster.id]
    )
    assert rosters.expire() == 2
    with world.as_(desk):
        assert [row.state for row in RosterRow.objects.filter(roster=roster).exclude(sealed="")] == ["review"]


def test_children_of_one_family_number_live_together(house, desk) -> None:
    rows = [lists.child(40 + n, 家庭编号="7") for n in range(2)] + [lists.child(42, 家庭编号="8")]
    assert states(imported(lists.as_csv(rows), desk), desk) == {"imported": 3}
    with world.as_(desk):
        homes = [Person.objects.get(name=row["姓名"]).household_id for row in rows]
    assert homes[0] == homes[1] != homes[2]


def test_rare_characters_and_full_width_numbers_come_through_a_workbook_and_back(house, desk) -> None:
    child = lists.child(120, 姓名="𠮷田𬭎𮧵", 姓氏="𠮷", 联系电话="０００　００００　０１８８")
    roster = imported(lists.as_xlsx([child]), desk)
    assert states(roster, desk) == {"imported": 1}
    with world.as_(desk):
        kept = Person.objects.get(name="𠮷田𬭎𮧵")
        assert (kept.surname, kept.contacts.get().value) == ("𠮷", "000 0000 0188")
    report = world.client(desk).get(f"/en/rosters/{roster.id}/report/").content
    book = load_workbook(io.BytesIO(report))
    assert any("𠮷田𬭎𮧵" in str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    noted = house.sql(
        "tx_owner", "select ids from access_readnote where kind = 'roster' and user_id = %s", [desk.user_id]
    )
    assert noted == [([str(roster.id), str(kept.id)],)], "who took the file has seen each child in it"
    taken = house.sql("tx_owner", "select path from access_securityevent where kind = 'extract'")
    assert taken == [("1 rows",)]


def test_a_child_about_whom_its_family_has_asked_stays(house, desk) -> None:
    roster = imported(lists.as_xlsx([lists.child(n) for n in (50, 51, 52)]), desk)
    with world.as_(desk):
        waiting, answered, other = [Person.objects.get(name=lists.child(n)["姓名"]) for n in (50, 51, 52)]
        rights.take(family.asked("copy"), person=waiting, by=desk)
        request = rights.take(family.asked("copy"), person=answered, by=desk)
    with world.as_(world.somebody("protection")) as officer:
        rights.rule(request.pk, refused_for="identity", by=officer)
    with world.as_(desk):
        rosters.undo(roster, by=desk)
    rosters.work(roster.id, by=desk)
    assert states(roster, desk) == {"kept": 2, "undone": 1}
    left = Person.objects.using("owner").filter(id__in=(waiting.id, answered.id, other.id))
    assert {one.id for one in left} == {waiting.id, answered.id}


def test_a_decision_waits_for_the_batch_that_may_be_the_last(house, desk) -> None:
    imported(lists.as_csv([lists.child(60)]), desk)
    roster = came(lists.as_csv([lists.child(60, 电话="000 6000")]), desk)
    with world.as_(desk):
        row = RosterRow.objects.get(roster=roster, state="review")
    with psycopg.connect(**house.state.login("tx_owner", house.name)) as batch:
        batch.execute("select from procedures_roster where id = %s for no key update", [roster.id])
        with pytest.raises(OperationalError, match="lock timeout"), world.as_(desk), world.hasty():
            rosters.decide(row.id, same=False, by=desk)
        batch.execute("update procedures_roster set state = 'done' where id = %s", [roster.id])
    with world.as_(desk):
        assert rosters.decide(row.id, same=False, by=desk).state == "imported"


def handed_over(house) -> int:
    return house.sql("tx_owner", "select count(*) from procrastinate_jobs where task_name like '%%roster_work'")[0][0]


def test_a_list_whose_sender_has_left_is_brought_on_by_sending_it_again(house, desk) -> None:
    content, jobs = lists.as_csv([lists.child(70)]), []
    for _time in range(2):
        file = SimpleUploadedFile("list.csv", content)
        assert world.client(desk).post("/en/rosters/", {"file": file}).status_code == 302
        jobs.append(handed_over(house))
    assert jobs[1] == jobs[0] + 1
    roster = imported(content, desk)
    world.client(desk).post("/en/rosters/", {"file": SimpleUploadedFile("list.csv", content)})
    assert (roster.state, handed_over(house)) == ("done", jobs[1]), "what is through is not begun again"


def test_a_list_that_is_not_through_can_be_taken_back_and_nobody_reads_on(house, desk) -> None:
    content = lists.as_csv([lists.child(80), lists.child(81)])
    with world.as_(desk):
        stale, _is_new = rosters.take_in(content, name="list.csv", by=desk)
    assert "Do not use this list" in world.client(desk).get(f"/en/rosters/{stale.id}/").content.decode()
    with world.as_(desk):
        rosters.undo(stale, by=desk)
    rosters._read(stale, desk)  # another worker had begun before
    assert rosters.work(stale.id, by=desk).state == "undone"
    after = Roster.objects.using("owner").get(id=stale.id)
    assert (after.content, after.rows.count()) == ("", 0)
    assert came(content, desk).id != stale.id
