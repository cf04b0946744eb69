"""retention.yaml is the policy: every field has a class, the night carries it out, and nothing else is touched."""

import datetime

import pytest
from django.db import connections
from django.utils import timezone

from tests import world
from tests.rights import child
from tongxing.access.models import ReadNote, Session
from tongxing.procedures.models import Draft, Receipt, Referral
from tongxing.registry.models import Person, SearchNote
from tongxing.rights import actions, policy, purging
from tongxing.rights.models import Purge

TODAY = timezone.localdate()
IN_TEN_YEARS = TODAY + datetime.timedelta(days=3653)


def test_every_field_of_every_table_has_a_class() -> None:
    assert policy.unclassed() == []


def test_a_field_without_a_class_is_named(monkeypatch) -> None:
    """Control: take one field out of the policy, and give one that no table has."""
    text = policy.FILE.read_text("utf-8")
    assert "version script written" in text
    spoiled = policy.read(text.replace("version script written", "version written nobodys"))
    monkeypatch.setattr(policy, "policy", lambda: spoiled)
    assert policy.unclassed() == ["registry.SearchRow.script has no class", "registry.SearchRow.nobodys does not exist"]


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("row: draft", "row: no_such", "no_such"),
        ("then: blank", "then: forget", "no rule"),
        ("keep: 180\n    then: erase", "keep: -1\n    then: erase", "no rule"),
        ("    since: saved_at\n", "", "since when"),
    ],
)
def test_a_policy_that_says_nothing_is_refused(wrong: str, right: str, said: str) -> None:
    text = policy.FILE.read_text("utf-8")
    assert wrong in text
    with pytest.raises((ValueError, KeyError), match=said):
        policy.read(text.replace(wrong, right, 1))


@pytest.fixture(scope="module")
def who(house) -> child.Staff:
    return child.staff()


@pytest.fixture(scope="module")
def registration(who):
    registration = child.canary_child(who)
    child.requested(who, registration.person, "copy")
    return registration


def rows(house) -> dict[str, int]:
    """How many rows each table has."""
    return {
        model._meta.label: house.sql("tx_owner", f'select count(*) from "{model._meta.db_table}"')[0][0]
        for model in policy.kept_tables()
        if model._meta.app_label != "rights" or model._meta.model_name != "purge"
    }


def test_what_is_not_due_is_not_touched(house, who, registration) -> None:
    before = rows(house)
    done = purging.purge(TODAY)
    assert (done.counts, done.overdue) == ({}, 0)
    assert rows(house) == before


def test_each_rule_takes_what_is_due_and_leaves_its_neighbour(house, who, registration) -> None:
    """A draft of 31 days goes and one of 29 stays; the copy of a referral that ended is blanked, the other is not."""
    ago = {days: timezone.now() - datetime.timedelta(days=days) for days in (29, 31, 179, 182)}
    drafts = list(Draft.objects.using("owner").order_by("pk"))
    for draft, days in zip(drafts, (31, 29, 29), strict=True):
        Draft.objects.using("owner").filter(pk=draft.pk).update(saved_at=ago[days])
    first, other = Referral.objects.using("owner").order_by("pk")
    Referral.objects.using("owner").filter(pk=first.pk).update(expires_on=ago[31].date())
    for days in (179, 182):
        SearchNote.objects.using("owner").create(user_id=who.desk.user_id, at=ago[days], inside=0, elsewhere="none")
    searched = SearchNote.objects.using("owner").count()
    done = purging.purge(TODAY)
    assert done.counts == {
        "procedures.Draft": {"erased": 1},
        "procedures.Referral": {"blanked": 1},
        "procedures.Receipt": {"blanked": 2},
        "registry.SearchNote": {"erased": 1},
    }
    assert Draft.objects.using("owner").count() == 2
    assert SearchNote.objects.using("owner").count() == searched - 1
    assert Referral.objects.using("owner").get(pk=first.pk).shared == {}
    assert Referral.objects.using("owner").get(pk=other.pk).shared
    assert Receipt.objects.using("owner").get(referral=first).rows == []
    assert purging.purge(TODAY).counts == {}, "done again, nothing more goes"


def test_in_ten_years_nothing_is_overdue_but_what_is_held(house, who, registration) -> None:
    with world.as_(who.officer) as by:
        other = Person.objects.using("owner").get(name="麦穗儿")
        actions.hold(number=other.number, reason="法院调查（演示）", until_on=None, by=by)
    world.client(who.desk)
    Session.objects.using("owner").update(ended_at=timezone.now())
    assert purging.overdue(IN_TEN_YEARS), "the control: much is"
    done = purging.purge(IN_TEN_YEARS)
    assert (done.overdue, done.held) == (0, 1)
    assert purging.overdue(IN_TEN_YEARS) == {}
    assert list(Person.objects.using("owner").values_list("pk", flat=True)) == [other.pk]
    left = rows(house)
    assert left["procedures.Registration"] == 1
    assert left["registry.Name"] >= 1
    for label in (
        "procedures.Draft",
        "procedures.Receipt",
        "registry.SearchNote",
        "registry.MatchAsk",
        "rights.Request",
    ):
        assert left[label] == 0, label
    if not policy.policy().tables["access.ReadNote"].job:
        assert ReadNote.objects.using("owner").count() == 0
    assert left["facts.Fact"] > 0
    night = Purge.objects.using("owner").latest("ran_at")
    assert night.counts["registry.Person"] == {"erased": 1}


def test_the_keeper_may_not_erase_a_held_child_even_by_hand(house, who, registration) -> None:
    kept = Person.objects.using("owner").get(name="麦穗儿")
    for table in ("registry_subject",):
        assert house.sql("tx_keeper", f"select count(*) from {table}")[0][0] == 1
    with connections["keeper"].cursor() as cursor:
        cursor.execute("delete from registry_person where id = %s", [kept.pk])
        assert cursor.rowcount == 0


def test_the_keeper_reads_no_password_and_no_key(house) -> None:
    import psycopg

    for table in ("access_user", "access_contextkey", "publishing_edition"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            house.sql("tx_keeper", f"select count(*) from {table}")
