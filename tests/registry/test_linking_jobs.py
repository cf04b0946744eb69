"""The jobs that compare records: whom they compare, what they leave to people, and that a second run adds nothing."""

import uuid
from functools import partial

import pyarrow as pa
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.registry import plainly
from tongxing.access.acting import Acting
from tongxing.core.dates import PartialDate
from tongxing.facts import bitmap_store
from tongxing.linkage import scoring
from tongxing.linkage.draws import Quality
from tongxing.registry import certainty, comparing, tasks
from tongxing.registry.actions import decide, enrol
from tongxing.registry.linking import assert_link, decide_pair, end_link, links_of, one_with
from tongxing.registry.models import LinkRun, Person, ReviewPair


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.LINKING_FOLDER = tmp_path / "linking"


NAMES = (
    f"{surname}{given}"
    for given in ("映雪", "远航", "听雨", "望舒")
    for surname in ("欧阳", "司徒", "诸葛", "慕容", "端木")
)


def again(*desks: Acting, **changed) -> list[Person]:
    """The same made-up child, registered at each of these desks; unlike everybody else."""
    name, number = next(NAMES), uuid.uuid4().int
    born = PartialDate(2008 + number % 9, 1 + number % 12, 1 + number % 28)
    known = {
        "birth": born,
        "phones": (f"000 {number % 10**8:08d}",),
        "guardians": (world.GuardianSaid(f"{name[:2]}{'伯仲叔季'[number % 4]}安", "father"),),
    }
    found = []
    for by in desks:
        with world.as_(by):
            found += enrol([world.child(name, **known | changed)], by=by)
    return found


def compare(scope: str = "new") -> LinkRun:
    return comparing.compare(scope, link=plainly.linked)


def standing(house) -> int:
    return house.sql("tx_linker", "select count(*) from registry_link where ended_at is null and kind = 'same'")[0][0]


def test_a_child_who_was_registered_twice_becomes_one_overnight(house, worker, far) -> None:
    here, _there = again(worker, far)
    run = compare()
    with world.as_(worker):
        assert one_with(here.id) == ([], True)
        [said] = links_of(here.id)
    assert (said.source, said.kind, said.other, said.weight) == ("batch", "same", None, 12.0)
    assert said.levels == {"name": "same_written"}
    assert (run.state, run.counts["link"]) == ("done", 1)
    assert run.counts["new"] == run.counts["records"], "the first time everybody is new"
    ties = house.sql("tx_counter", "select probability from facts_uncertaintie where run = %s", [run.id])
    assert ties == [(0.999,)]
    assert not list(comparing._kept(run, "found").parent.iterdir()), "what was compared is left nowhere"


def test_the_next_night_only_what_is_new_is_compared_and_nothing_is_written_twice(house, worker, far) -> None:
    before = standing(house)
    assert compare().counts["new"] == 0
    again(worker, far)
    run = compare()
    assert (run.counts["new"], run.counts["link"], standing(house)) == (2, 1, before + 1)
    again_full = compare("full")
    assert (again_full.counts["link"], again_full.counts["no_longer"], standing(house)) == (0, 0, before + 1)
    assert again_full.counts["known"] == again_full.counts["pairs"]


def test_what_a_long_transaction_brings_late_is_new_all_the_same(house, worker, far) -> None:
    """By a point in time it would be lost: it was registered before the last run, and seen after it."""
    here, _there = again(worker, far)
    house.sql("tx_owner", "update registry_person set registered_at = '2020-01-01' where id = %s", [here.id])
    assert compare().counts["new"] == 2


def test_a_family_that_has_not_agreed_is_compared_within_its_centre_only(house, worker, far) -> None:
    refused = world.consent(refused=("linkage",))
    here, _there = again(worker, far, consent=refused)
    hers, again_here, yes = again(worker, worker, far, consent=refused)
    compare()
    with world.as_(worker):
        assert one_with(here.id) == ([], False)
        assert one_with(hers.id) == ([again_here.id], False)
    with world.as_(far):
        assert one_with(yes.id) == ([], False)


def test_whoever_agrees_later_is_compared_then_and_whoever_takes_it_back_is_one_no_more(house, worker, far) -> None:
    here, there = again(worker, far, consent=world.consent(refused=("linkage",)))
    compare()
    for by, child in ((worker, here), (far, there)):
        with world.as_(by):
            decide(world.consent(), person=child, by=by)
    assert compare().counts["new"] == 2
    with world.as_(worker):
        assert one_with(here.id) == ([], True)
        decide(world.consent(refused=("linkage",)), person=here, by=worker)
    run = compare()
    assert run.counts["not_agreed"] == 1
    with world.as_(worker):
        assert one_with(here.id) == ([], False)
        decide(world.consent(), person=here, by=worker)
    compare()
    with world.as_(worker):
        assert one_with(here.id) == ([], True), "nobody said that they are two: consent alone was missing"


def test_who_is_under_location_lock_is_compared_with_nobody_elsewhere(house, worker, far) -> None:
    here, _there, beside = again(worker, far, worker)
    house.sql("tx_owner", "update registry_person set is_location_locked = true where id = %s", [here.id])
    compare()
    with world.as_(worker):
        assert one_with(here.id) == ([], False)
        assert one_with(beside.id) == ([], True)
        [pair] = ReviewPair.objects.filter(left_id=here.id)
    assert (pair.right_id, pair.reason, pair.is_sensitive) == (beside.id, "protected", True)


def test_what_a_person_has_decided_no_machine_overturns(house, worker) -> None:
    a, b = again(worker, worker)
    c, _d = again(worker, worker)
    with world.as_(worker):
        assert_link(a.id, b.id, "different", by=worker)
    compare()
    with world.as_(worker):
        [link] = links_of(c.id)
        end_link(link.id, reason="cousins of one name", by=worker)
    for scope in ("new", "full"):
        compare(scope)
        with world.as_(worker):
            assert one_with(a.id) == ([], False) == one_with(c.id)
            assert not ReviewPair.objects.filter(left_id__in=[a.id, c.id]).exists(), "nor asks again"


def test_what_the_model_is_not_sure_of_waits_for_people_once(house, worker) -> None:
    a, b = again(worker, worker)
    with world.as_(worker):
        [c] = enrol([world.child(a.name, birth=PartialDate(1999, 1, 1))], by=worker)
    compare()
    with world.as_(worker):
        waiting = ReviewPair.objects.filter(right_id=c.id)
        assert {pair.left_id for pair in waiting} == {a.id, b.id}
        assert {(pair.reason, pair.probability, pair.state) for pair in waiting} == {("uncertain", 0.5, "open")}
        assert_link(a.id, c.id, "same", by=worker)
    run = compare("full")
    assert run.counts["review"] == 0


def test_guards_hold_a_cluster_that_cannot_be_one_person_for_people(house, worker) -> None:
    """Each pair of these looks like one person; together they are not."""
    name = next(NAMES)
    born = PartialDate(2011, 5, 6)
    numbers = ("110101201105060017", "110101201105060025")
    with world.as_(worker):
        plain, one, other = enrol(
            [world.child(name, birth=born, documents=d) for d in ((), numbers[:1], numbers[1:])], by=worker
        )
    ids = sorted([plain.id, one.id, other.id])
    compare()
    with world.as_(worker):
        held = ReviewPair.objects.filter(left_id__in=ids, right_id__in=ids)
        assert [(pair.reason, pair.priority) for pair in held] == [("documents", 2)] * 2
        joined = [person for person in (plain, one, other) if one_with(person.id)[0]]
    assert len(joined) == 2, "one of the two numbers stays outside"


def test_a_model_that_no_longer_calls_two_one_lets_its_own_word_end_and_nobody_elses(house, worker) -> None:
    a, b = again(worker, worker)
    c, d = again(worker, worker)
    compare()
    with world.as_(worker):
        assert_link(c.id, d.id, "same", by=worker)

    def nothing(features, model, **options):
        found = plainly.linked(features.slice(0, 0), model)
        count = max(features["record"].to_pylist()) + 1
        return found._replace(identities=pa.table({"record": range(count), "identity": range(count)}))

    run = comparing.compare("full", link=nothing)
    assert run.counts["no_longer"] >= 1
    with world.as_(worker):
        assert one_with(a.id) == ([], False)
        assert one_with(c.id) == ([d.id], False)
    compare("full")
    with world.as_(worker):
        assert one_with(a.id) == ([b.id], False)


def test_how_far_a_job_is_can_be_seen_in_numbers_by_whom_it_concerns(house, worker, settings, tmp_path) -> None:
    settings.FACTS_FOLDER = tmp_path
    half = LinkRun(scope="new", state="writing", steps=4, done=1, counts={"records": 12, "link": 3})
    half.save(using="linker", force_insert=True)
    page = world.client(world.somebody("coordinator")).get("/en/people/linkage/").content.decode()
    assert "sets agree" not in page, "no set was ever compared"
    bitmap_store.note_checked(1200, 3)
    assert (
        "Of 1,200 sets 3 differ"
        in world.client(world.somebody("coordinator")).get("/en/people/linkage/").content.decode()
    )
    assert "writing" in page and '<span class="tx-num">25 %</span>' in page and "waiting for people" in page
    assert world.client(worker).get("/en/people/linkage/").status_code == 404
    half.state = "done"
    half.save(using="linker", update_fields=["state"])


def test_the_job_reads_what_matching_needs_and_no_more(house) -> None:
    """Tables that the role reads, by column; a name among them would have to be put here by hand."""
    rows = house.sql(
        "postgres",
        "select c.relname, array_agg(a.attname::text order by a.attname) from pg_class c"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
        "   and has_column_privilege('tx_linker', c.oid, a.attnum, 'select') group by 1",
    )
    read = dict(rows)
    own = {"registry_link", "registry_reviewpair", "registry_linkrun", "registry_compared", "registry_searchrow"}
    assert own <= set(read)
    assert {table: columns for table, columns in read.items() if table not in own} == {
        "facts_subjectidentity": ["id", "identity", "subject", "valid_from", "valid_to", "xid"],
        "registry_consent": ["decided_at", "decision", "id", "person_id", "purpose", "valid_until", "withdrawn_at"],
        "registry_grant": ["centre_id", "ends_at", "person_id", "starts_at"],
        "registry_installedmodel": ["at", "content", "id"],
        "registry_person": ["centre_id", "household_id", "id", "is_location_locked", "number"],
        "registry_subject": ["person_id", "subject"],
    }


def test_the_rule_for_all_at_once_is_the_rule_for_each(house) -> None:
    rows = house.sql(
        "tx_linker",
        "select t.across, access.agrees_to_linkage(t.person) and not access.is_sheltered(t.person) from access.to_compare() t",
    )
    assert {a for a, _ in rows} == {True, False}
    assert all(a == b for a, b in rows)


def test_the_next_pair_is_found_by_its_index_however_many_wait(house, worker) -> None:
    house.sql(
        "tx_owner",
        """insert into registry_reviewpair (id, left_id, right_id, left_centre_id, right_centre_id, levels, weights,
               model_version, reason, is_sensitive, is_disputed, priority, opened_at, state, first_said, decided_reason)
           select gen_random_uuid(), p.id, q.id, p.centre_id, q.centre_id, '{}', '{}', 'm', 'uncertain', false, false, random(),
                  now(), case when n = 0 then 'open' else 'same' end, '', ''
             from registry_person p join registry_person q on p.id < q.id cross join generate_series(0, 0) n
            where not exists (select from registry_reviewpair r where r.left_id = p.id and r.right_id = q.id)""",
    )
    with world.as_(worker), CaptureQueriesContext(connection) as asked:
        assert ReviewPair.objects.waiting(worker).first() is not None
    statement = asked.captured_queries[-1]["sql"]
    with world.as_(worker), connection.cursor() as cursor:
        cursor.execute(f"explain {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "reviewpair_next" in plan, plan


def test_reach_is_told_every_pair_and_what_people_and_the_model_know_of_them(house, worker, far) -> None:
    """Undecided pairs with their probability, decided ones as 0 or 1; the bins from review, misses from desks too."""
    a, b = again(worker, worker)
    with world.as_(worker):
        [c] = enrol([world.child(a.name, birth=PartialDate(1998, 1, 1))], by=worker)
        [d] = enrol([world.child(a.name, birth=PartialDate(1997, 1, 1))], by=worker)
        [unlike] = enrol([world.child(next(NAMES), birth=PartialDate(2001, 2, 3))], by=worker)
        assert_link(a.id, unlike.id, "same", by=worker)
    compare()
    with world.as_(worker):
        [pair] = ReviewPair.objects.filter(left_id=a.id, right_id=c.id)
        decide_pair(pair.id, "same", by=worker)
        assert_link(a.id, d.id, "different", by=worker)
    run = compare("full")
    rows = house.sql(
        "tx_owner",
        """select s.person_id, q.person_id, t.probability from facts_uncertaintie t
             join registry_subject s on s.subject = t.subject_a join registry_subject q on q.subject = t.subject_b
            where t.run = %s""",
        [run.id],
    )
    ties = {frozenset(pair): probability for *pair, probability in rows}
    expected = {(a, b): 0.999, (a, c): 1, (a, d): 0, (c, d): 0.5, (a, unlike): 1}
    assert {pair: ties[frozenset(one.id for one in pair)] for pair in expected} == expected
    [[quality]] = house.sql("tx_owner", "select quality from facts_linkagerun where id = %s", [run.id])
    told = Quality.read(quality)
    [middle] = [one for one in told.bins if one.low <= 0.5 < one.high]
    assert (middle.reviewed, middle.same) == (1, 1)
    assert (run.counts["joins_missed"], told.missed - certainty.usual(scoring.shipped()).missed) == (1, 1)


def test_a_telephone_of_many_is_no_evidence_in_the_job_either(house, worker) -> None:
    with world.as_(worker):
        shared = ("000 4444 0000",)
        enrol(
            [world.child(f"{s}{g}", phones=shared, guardians=()) for s in "赵钱孙李周吴郑" for g in "一二"], by=worker
        )
    with transaction.atomic(using="linker"), connections["linker"].cursor() as cursor:
        register = comparing._read(cursor)
    crowded = [row for row in register.features["crowded"].to_pylist() if row]
    assert len(crowded) >= 14
    assert not {n for row in crowded for n in row} & {n for row in register.features["phones"].to_pylist() for n in row}


def test_after_a_job_the_sets_of_persons_are_made_anew_once(house, monkeypatch) -> None:
    with_stand_in = partial(comparing.compare, link=plainly.linked)
    monkeypatch.setattr(comparing, "compare", with_stand_in)
    asked = "select count(*) from procrastinate_jobs where task_name like '%%facts_bitmaps' and status = 'todo'"
    assert (tasks.link_new(0), tasks.link_all(0)) == (0, 0)
    assert house.sql("tx_owner", asked) == [(1,)]


def test_the_engine_itself_finds_who_was_written_in_another_way(house, worker, far) -> None:
    [here] = again(worker)
    with world.as_(far):
        known = world.child(here.spoken.replace(" ", ""), birth=here.birth, phones=("000 5550 0101",), guardians=())
        [there] = enrol([known], by=far)
    comparing.compare("new")
    with world.as_(worker):
        waits = house.sql("tx_linker", "select reason from registry_reviewpair where right_id = %s", [there.id])
        assert one_with(here.id)[1] or waits
