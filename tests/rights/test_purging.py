"""What the night takes and what it leaves: a child who is being helped again, words of a question, a complaint's count."""

import datetime

import pytest
from django.utils import timezone

from tests.rights import child
from tongxing.core.ids import spoken_code, uuid7
from tongxing.facts.derivation import check
from tongxing.procedures.models import Case, RosterRow, Step
from tongxing.programme.actions.voice import Said, hear
from tongxing.programme.models import Voice
from tongxing.registry.models import Consent, MatchAsk, MatchRequest, Person
from tongxing.rights import erasure, purging

TODAY = timezone.localdate()
LONG_AGO = timezone.now() - datetime.timedelta(days=3000)


@pytest.fixture(scope="module")
def who(house) -> child.Staff:
    return child.staff()


@pytest.fixture(scope="module")
def registration(who):
    """With everything that hangs on a child; its case closed and all written about it long ago."""
    made = child.canary_child(who)
    Case.objects.using("owner").filter(registration=made).update(closed_on=LONG_AGO.date())
    Person.objects.using("owner").filter(pk=made.person_id).update(registered_at=LONG_AGO)
    for table, column in ((Step, "done_at"), (Consent, "decided_at")):
        rows = table.objects.using("owner")
        mine = {"registration": made} if table is Step else {"person": made.person_id}
        rows.filter(**mine).update(**{column: LONG_AGO})
    return made


def test_a_child_that_is_referred_again_after_its_case_was_closed_stays(house, who, registration) -> None:
    assert registration.person_id not in purging.ended(TODAY)
    house.sql(
        "tx_owner",
        "update procedures_referral set referred_at = %s, answered_at = %s where person_id = %s",
        [LONG_AGO, LONG_AGO, registration.person_id],
    )
    assert registration.person_id in purging.ended(TODAY), "the control: it was the referral"


def test_the_words_of_a_question_go_after_thirty_days_though_nobody_asks_again(house, who, registration) -> None:
    for table in (MatchAsk, MatchRequest):
        assert table.objects.using("owner").exclude(sealed="").exists(), "the control"
        table.objects.using("owner").update(at=timezone.now() - datetime.timedelta(days=31))
    said = dict(purging.policy().tables)
    for table in (MatchAsk, MatchRequest):
        [(_name, rows)] = purging._blankable(table, said[table._meta.label], TODAY, "keeper")
        assert rows.count() == table.objects.using("owner").exclude(sealed="").count() > 0


def test_words_judged_to_be_the_childs_go_with_it_and_former_names_are_known(house, who, registration) -> None:
    person = Person.objects.using("owner").get(pk=registration.person_id)
    Person.objects.using("owner").filter(pk=person.pk).update(name="霍改名")
    known = erasure.known_by(Person.objects.using("keeper").get(pk=person.pk), "keeper")
    assert {"霍改名", child.CANARY.name} <= known.names
    rows = RosterRow.objects.using("owner").filter(candidates__contains=[str(person.pk)])
    judged = rows.exclude(sealed="").first()
    assert judged is not None
    same = RosterRow.objects.using("owner").filter(pk=judged.pk)
    same.update(state="same", sealed=erasure.one_time.seal('{"name": "Huo J."}'))
    assert [one.sealed for one in same.all()] != [""], "the control"
    erasure.erase(person.pk)
    assert [(one.sealed, one.candidates) for one in same.all()] == [("", [])]
    for table in (MatchAsk, MatchRequest):  # also those at centres that were asked
        left = [erasure._opened(one.sealed) for one in table.objects.using("owner").exclude(sealed="")]
        assert not [words for words in left if child.CANARY.name in words]


def test_a_purged_complaint_leaves_books_that_agree(house, who) -> None:
    hear(Said(uuid7(), spoken_code(10), "suggestion", "希望周六开门（演示）", "zh"), by=None)
    Voice.objects.using("owner").update(heard_at=LONG_AGO)
    assert check().is_clean
    purging.purge(TODAY)
    assert not Voice.objects.using("owner").exists()
    assert check().is_clean
