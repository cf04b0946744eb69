"""A canary child is erased, and no trace of it is left in any table or file."""

import json
import re
import uuid
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connections

from tests import world
from tests.rights import child
from tongxing.access import one_time
from tongxing.facts import bitmap_store, export
from tongxing.facts.models import Fact
from tongxing.procedures.models import Draft
from tongxing.registry.models import Person
from tongxing.rights import actions, carrying, erasure
from tongxing.rights.models import Certificate, Request
from tongxing.rights.policy import kept_tables

SEALED = re.compile(rb"gAAAAA[A-Za-z0-9_=-]{40,}")


@pytest.fixture(scope="module")
def who(house) -> child.Staff:
    return child.staff()


@pytest.fixture(scope="module")
def registration(who):
    return child.canary_child(who)


def canaries(registration) -> list[str]:
    known = [value for values in child.CANARY.values().values() for value in values if value not in NOT_OF_THE_CHILD]
    return [
        *known,
        child.REQUESTER,
        child.WORDS,
        str(registration.person_id),
        registration.person.number,
        *plain_phone(),
    ]


NOT_OF_THE_CHILD = {child.CANARY.sibling, child.CANARY.carried, child.CANARY.colleague, child.CANARY.evidence}


def plain_phone() -> list[str]:
    return [child.CANARY.phone.replace(" ", ""), child.CANARY.document.replace("-", "")]


def hits(house, wanted: list[str]) -> Counter[str]:
    """Where canaries are: tables (sealed words opened), and files of the state folder, by place."""
    found: Counter[str] = Counter()
    for model in kept_tables():
        table = model._meta.db_table
        for (row,) in house.sql("postgres", f'select to_jsonb(t)::text from "{table}" t'):
            if _is_in(row.encode().decode("utf-8"), wanted):
                found[table] += 1
    queue = house.sql("postgres", "select args::text from procrastinate_jobs")
    found["queue"] += sum(_is_in(row, wanted) for (row,) in queue)
    state = settings.STATE.folder
    for path in (path for place in ("facts", "extracts", "linking") for path in (state / place).glob("**/*")):
        if path.is_file() and _is_in(_text(path), wanted):
            found[str(path.relative_to(state).parts[0])] += 1
    return +found


def _is_in(text: str, wanted: list[str]) -> bool:
    opened = "".join(one_time.unseal(token.decode()) for token in SEALED.findall(text.encode()))
    plain = opened.encode().decode("unicode_escape", "ignore") if "\\u" in opened else opened
    return any(one in text or one in opened or one in plain for one in wanted)


def _text(path: Path) -> str:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return str(pq.read_table(path).to_pylist())
    return path.read_bytes().decode("utf-8", "replace")


STAYS = {"access_readnote", "queue"}  # ids that point to nobody afterwards


def test_a_canary_child_is_in_every_table_that_hangs_on_a_person(house, who, registration) -> None:
    """The control: before erasure it is found wherever it could be."""
    from tongxing.rights.walk import found, tied

    ids = found(registration.person_id, using="keeper")
    empty = {one.model._meta.label for one in tied() if not ids[one.model]}
    assert empty <= {"registry.Halt"}, empty
    places = set(hits(house, canaries(registration)))
    assert {"registry_person", "registry_personevent", "registry_contactevent", "procedures_draft"} <= places
    assert {"registry_matchask", "registry_matchrequest", "procedures_receipt", "registry_alert"} <= places
    assert {"registry_link", "access_readnote", "registry_searchrow", "casework_assessment"} <= places


def test_no_erasure_on_one_persons_word(house, who, registration) -> None:
    request = child.granted(who, child.requested(who, registration.person, "delete"))
    with pytest.raises(ValueError, match="one person"):
        carrying.carry_out(request.pk)
    with world.as_(who.officer) as by, pytest.raises(PermissionDenied):
        actions.second(request.pk, by=by)
    with world.as_(who.worker) as by:
        actions.second(request.pk, by=by)


def test_a_legal_hold_stops_it_and_nothing_is_lost(house, who, registration) -> None:
    request = Request.objects.using("owner").get(kind="delete")
    with world.as_(who.officer) as by:
        held = actions.hold(number=registration.person.number, reason="法院调查（演示）", until_on=None, by=by)
    before = hits(house, canaries(registration))
    with pytest.raises(erasure.Held):
        carrying.carry_out(request.pk)
    assert hits(house, canaries(registration)) == before
    with world.as_(who.officer) as by:
        assert held
        assert actions.end_halt(held.pk, by=by)


def test_after_erasure_nothing_is_found_anywhere(house, who, registration) -> None:
    wanted, facts = canaries(registration), Fact.objects.using("counter").count()
    subject = house.sql(
        "tx_owner", "select subject from registry_subject where person_id = %s", [registration.person_id]
    )[0][0]
    export.export()
    bitmap_store.make()
    request = Request.objects.using("owner").get(kind="delete")
    assert carrying.carry_out(request.pk) == "done"
    assert set(hits(house, wanted)) <= STAYS
    ids = [value for value in wanted if value not in (str(registration.person_id),)]
    assert not hits(house, ids)
    assert Fact.objects.using("counter").count() == facts, "what was counted stays"
    assert not house.sql("tx_owner", "select 1 from registry_subject where subject = %s", [subject])
    assert str(subject) not in _tied_in_parquet()
    assert _tied_in_parquet(), "the control: who is here is still tied"


def _tied_in_parquet() -> set[str]:
    """Pseudonyms that the files for counting join to an identity."""
    import pyarrow.parquet as pq

    folder = settings.STATE.folder / "facts"
    files = [file["path"] for file in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]]
    links = [path for path in files if path.startswith("identity")]
    return {row["subject"] for path in links for row in pq.ParquetFile(folder / path).read().to_pylist()}


def test_others_are_untouched_and_the_books_still_agree(house, who, registration) -> None:
    from tongxing.facts.derivation import check

    assert Person.objects.using("owner").filter(name="麦穗儿").count() == 1
    drafts = [one_time.unseal(draft.sealed) for draft in Draft.objects.using("owner").all()]
    assert len(drafts) == 1
    assert "另一个孩子" in drafts[0].encode().decode("unicode_escape", "ignore") + drafts[0]
    assert check().is_clean


def test_a_child_that_refused_statistics_leaves_books_that_agree_too(house, who) -> None:
    from tongxing.facts.derivation import check

    with world.as_(who.desk) as by:
        refused = world.child("闻人未数", consent=world.consent(refused=("statistics",)))
        one = world.registered(by, refused, search_again=False)
        world.to_school(one.person, by=by)
    erasure.erase(one.person_id)
    assert check().is_clean
    with connections["owner"].cursor() as cursor:
        cursor.execute("update facts_erasedcount set number = number - 1 where kind = 'referral_sent'")
        assert check().differences == {"referral_sent": {"unfounded": 1}}, "the control: one fact more than were erased"
        cursor.execute("update facts_erasedcount set number = number + 1 where kind = 'referral_sent'")


def test_the_certificate_names_classes_and_nobody(house, who, registration) -> None:
    [paper] = Certificate.objects.using("owner").all()
    assert {"registry.Person", "procedures.Referral", "registry.SearchRow"} <= set(paper.classes)
    assert paper.content_hash == carrying.content_hash(paper.number, str(paper.issued_on), paper.classes)
    assert not hits(house, [paper.number])["registry_person"]


def test_who_was_erased_and_comes_back_with_a_backup_goes_again(house, who, registration) -> None:
    with connections["owner"].cursor() as cursor:  # as a restored backup would bring it
        cursor.execute("select id, household_id from registry_person limit 1")
        other, household = cursor.fetchone()
        cursor.execute(
            "insert into registry_person select (jsonb_populate_record(p, jsonb_build_object('id', %s::text,"
            " 'number', 'TX-99-1'))).* from registry_person p where p.id = %s",
            [str(registration.person_id), other],
        )
    here, outside = erasure._lists()
    kept = outside.read_text("utf-8")
    assert str(registration.person_id) in here.read_text("utf-8")
    for path in (here, outside):  # the machine is lost, and with it both lists
        path.unlink()
    assert erasure.erase_again() == 0, "the control"
    outside.write_text(kept, "utf-8")  # the one kept elsewhere
    assert erasure.erase_again() == 1
    assert here.read_text("utf-8").split() == sorted(set(kept.split())), "and the list here is whole again"
    assert household
    assert not Person.objects.using("owner").filter(pk=registration.person_id).exists()


def test_an_outside_place_that_is_away_stops_no_erasure_but_no_place_at_all_does(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    here, nowhere = tmp_path / "erased", tmp_path / "file" / "erased"
    monkeypatch.setattr(erasure, "_lists", lambda: [here, nowhere])
    one = uuid.uuid4()
    erasure._remember(one)
    erasure._remember(one)
    assert here.read_text("utf-8").split() == [str(one)]
    here.write_text(f"{one}\n{str(uuid.uuid4())[:20]}")  # a full disk, or a power cut
    two = uuid.uuid4()
    erasure._remember(two)
    assert erasure._remembered(here) == {one, two}, "half a line takes no other with it, and stops no night"
    monkeypatch.setattr(erasure, "_lists", lambda: [nowhere])
    with pytest.raises(OSError):
        erasure._remember(one)
