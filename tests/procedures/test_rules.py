"""Open steps, registration details, referrals, services: pure rules, no database."""

import datetime
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.core.dates import PartialDate, parse_birth
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.rules import NEEDS
from tongxing.procedures import rules, sop
from tongxing.procedures.rules import DoneStep, Offer, RegistrationDetails, Wanted

EDITION = sop.edition("child-registration", 1)
CHINA, MONGOLIA = jurisdiction("CN"), jurisdiction("MN")
TODAY = date(2026, 11, 24)  # a Tuesday


def at(day: date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day, 9, tzinfo=datetime.UTC)


def open_on(day: date, *done: DoneStep, risk: str = "") -> list[rules.OpenStep]:
    return rules.open_steps(EDITION, done, at(day), CHINA.calendar, risk)


def codes(steps: list[rules.OpenStep]) -> list[str]:
    return [one.step.code for one in steps]


# -- open steps -------------------------------------------------------------------------------------------------------


def test_a_new_case_begins_with_registration_and_no_deadline() -> None:
    (only,) = open_on(TODAY)
    assert (only.step.code, only.due_on, only.state, only.working_days_late) == ("registration", None, "coming", 0)


def test_after_registration_verification_is_due_in_three_working_days() -> None:
    friday = date(2026, 11, 20)
    (only,) = open_on(friday, DoneStep("registration", friday))
    assert (only.step.code, only.due_on, only.state) == ("verification", date(2026, 11, 25), "coming")


def test_where_the_risk_is_high_it_is_due_the_next_working_day() -> None:
    friday = date(2026, 11, 20)
    (only,) = open_on(friday, DoneStep("registration", friday), risk="high")
    assert only.due_on == date(2026, 11, 23)


def test_lateness_counts_working_days_and_names_who_is_told() -> None:
    (only,) = open_on(date(2026, 11, 30), DoneStep("registration", date(2026, 11, 20)))
    assert (only.state, only.working_days_late, only.escalates_to) == ("overdue", 3, "coordinator")
    (on_the_day,) = open_on(date(2026, 11, 25), DoneStep("registration", date(2026, 11, 20)))
    assert (on_the_day.state, on_the_day.working_days_late, on_the_day.escalates_to) == ("due", 0, "")


def test_a_due_date_over_the_national_holiday_waits_for_the_make_up_day() -> None:
    (only,) = open_on(date(2026, 10, 1), DoneStep("registration", date(2026, 9, 30)))
    assert only.due_on == date(2026, 10, 10)  # a worked Saturday


def test_a_date_in_a_year_without_announced_make_up_days_says_so() -> None:
    (only,) = open_on(date(2029, 1, 8), DoneStep("registration", date(2029, 1, 8)))
    assert only.is_provisional


def test_each_referral_waits_for_its_own_answer() -> None:
    sent = [DoneStep("referral_sent", date(2026, 11, 16)), DoneStep("referral_sent", date(2026, 11, 20))]
    both = [one for one in open_on(TODAY, *sent) if one.step.code == "referral_answer"]
    assert [one.due_on for one in both] == [date(2026, 11, 19), date(2026, 11, 25)]
    answered = open_on(TODAY, *sent, DoneStep("referral_answer", date(2026, 11, 23)))
    assert [one.due_on for one in answered if one.step.code == "referral_answer"] == [date(2026, 11, 25)]


ALONG = [
    DoneStep("registration", date(2026, 9, 3)),
    DoneStep("verification", date(2026, 9, 5)),
    DoneStep("assessment", date(2026, 9, 11)),
    DoneStep("plan", date(2026, 9, 15)),
    DoneStep("services", date(2026, 9, 16)),
]


def test_a_worker_may_follow_up_again_instead_of_closing() -> None:
    assert codes(open_on(TODAY, *ALONG, DoneStep("follow_up", date(2026, 9, 29)))) == ["closure"]
    again = DoneStep("follow_up", date(2026, 9, 29), opened=("follow_up",))
    (only,) = open_on(TODAY, *ALONG, again)
    assert (only.step.code, only.due_on) == ("follow_up", CHINA.calendar.add_working_days(date(2026, 9, 29), 10))


def test_a_closed_case_asks_for_nothing_more() -> None:
    done = [*ALONG, DoneStep("follow_up", date(2026, 9, 29)), DoneStep("closure", date(2026, 9, 30))]
    assert open_on(TODAY, *done) == []
    assert rules.open_steps(EDITION, done, at(TODAY), CHINA.calendar) == []
    assert rules.is_closed(EDITION, done)


def test_the_most_pressing_step_comes_first() -> None:
    withdrawn = DoneStep("consent_withdrawn", date(2026, 9, 17))
    assert codes(open_on(TODAY, *ALONG, withdrawn)) == ["withdrawal_confirm", "follow_up"]


@st.composite
def histories(draw: st.DrawFn) -> list[DoneStep]:
    """Allowed completions and events in any order, some days apart."""
    done: list[DoneStep] = []
    day = draw(st.dates(date(2020, 1, 1), date(2027, 12, 31)))
    for _ in range(draw(st.integers(0, 12))):
        day += datetime.timedelta(days=draw(st.integers(0, 30)))
        waiting = codes(open_on(day, *done))
        code = draw(st.sampled_from([*waiting, *(event.code for event in EDITION.events)]))
        chosen = None
        if code in waiting and (ways := EDITION.step(code).alternatives):
            chosen = draw(st.sampled_from([None, *((way,) for way in ways)]))
        done.append(DoneStep(code, day, chosen))
    return done


@given(histories(), st.sampled_from(["high", "medium", "low", ""]))
@settings(max_examples=150)
def test_due_dates_are_working_days_and_lateness_agrees_with_them(done: list[DoneStep], risk: str) -> None:
    today = (done[-1].done_on if done else TODAY) + datetime.timedelta(days=9)
    for one in open_on(today, *done, risk=risk):
        assert one.due_on is None or CHINA.calendar.is_working_day(one.due_on)
        assert (one.state == "overdue") == (one.due_on is not None and one.due_on < today)
        assert one.working_days_late >= 0
        assert one.state == "overdue" or one.working_days_late == 0


@given(histories())
@settings(max_examples=150)
def test_a_done_step_is_not_listed_unless_something_after_it_opened_it_again(done: list[DoneStep]) -> None:
    for one in open_on(TODAY, *done):
        last = max((place for place, it in enumerate(done) if it.code == one.step.code), default=None)
        if last is None or one.step.on:
            continue
        assert any(one.step.code in (it.opened or ()) for it in done[last:]) or any(
            one.step.code in EDITION.step(it.code).next for it in done[last + 1 :] if it.code in STEPS
        )


STEPS = {step.code for step in EDITION.steps}


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_every_allowed_history_can_still_be_brought_to_closure(done: list[DoneStep], chance: object) -> None:
    day = (done[-1].done_on if done else TODAY) + datetime.timedelta(days=1)
    for _ in range(60):
        waiting = codes(open_on(day, *done))
        if not waiting:
            break
        done = [*done, DoneStep(chance.choice(waiting), day)]  # type: ignore[attr-defined]
    assert rules.is_closed(EDITION, done)


# -- registration -----------------------------------------------------------------------------------------------------

AGREED = dict.fromkeys(rules.ASKED, "agreed")
GOOD = RegistrationDetails(
    name="林小禾",
    birth=PartialDate(2017, 3, precision="month"),
    guardian=rules.GuardianDetails("林建", "father"),
    moved_on=PartialDate(2026, 9, precision="month"),
    read_by="desk",
    consents=AGREED,
)


def wrong(details: RegistrationDetails, country: object = CHINA) -> list[str]:
    return [problem.code for problem in rules.problems_with(details, country, TODAY)]  # type: ignore[arg-type]


def test_a_complete_registration_has_no_problems_and_needs_no_document() -> None:
    assert wrong(GOOD) == []


def test_every_refusal_but_the_first_is_as_good_as_a_yes() -> None:
    assert wrong(replace(GOOD, consents=dict.fromkeys(rules.ASKED, "refused") | {"registration": "agreed"})) == []


def test_a_family_that_does_not_want_to_be_registered_has_given_a_valid_answer() -> None:
    (only,) = rules.problems_with(RegistrationDetails(consents={"registration": "refused"}), CHINA, TODAY)
    assert (only.code, only.kind) == ("registration_refused", "stop")
    assert "still advise them" in only.remedy


def test_an_empty_form_names_everything_in_the_order_of_the_page() -> None:
    fields = [problem.field for problem in rules.problems_with(RegistrationDetails(), CHINA, TODAY)]
    assert fields == ["name", "birth", "guardian_name", "read_by", *(f"consent_{purpose}" for purpose in rules.ASKED)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "  "}, "name_missing"),
        ({"birth": None}, "birth_missing"),
        ({"birth": parse_birth("2017-02-30", TODAY)}, "date_impossible_day"),
        ({"birth": parse_birth("2027-01-01", TODAY)}, "date_future"),
        ({"birth": PartialDate(2008, 11, 24)}, "not_a_child"),
        ({"guardian": rules.GuardianDetails("", "")}, "guardian_missing"),
        ({"guardian": rules.GuardianDetails("林建", "")}, "relation_missing"),
        ({"guardian": rules.GuardianDetails("林建", "neighbour")}, "relation_missing"),
        ({"moved_on": PartialDate(2016, 12, 31)}, "moved_before_birth"),
        ({"moved_on": PartialDate(2027, 1, 1)}, "date_future"),
        ({"moved_on": parse_birth("2026-13-01", TODAY)}, "date_impossible_day"),
        ({"consents": {**AGREED, "school": ""}}, "consent_unanswered"),
        ({"read_by": ""}, "reader_missing"),
        ({"decided_by": "young_person"}, "too_young_to_decide"),
    ],
)
def test_one_mistake_is_one_problem_with_a_way_out(change: dict[str, object], code: str) -> None:
    (only,) = rules.problems_with(replace(GOOD, **change), CHINA, TODAY)  # type: ignore[arg-type]
    assert only.code == code
    assert only.remedy
    assert only.message % only.args
    assert only.remedy % only.args


def test_a_vague_date_is_not_held_against_the_family() -> None:
    assert wrong(replace(GOOD, birth=PartialDate(2009, precision="about"))) == []  # 16 to 18: perhaps a child
    assert wrong(replace(GOOD, birth=PartialDate(2017, precision="about"), moved_on=PartialDate(2016, 5, 1))) == []


def test_a_child_alone_is_registered_and_nobody_else_is_told_until_a_guardian_is_found() -> None:
    alone = replace(GOOD, guardian=rules.GuardianDetails(), is_unaccompanied=True)
    assert wrong(alone) == ["nobody_to_agree"] * 4
    kept_here = {**AGREED, **dict.fromkeys(("school", "health", "legal", "linkage"), "refused")}
    assert wrong(replace(alone, consents=kept_here)) == []


def test_from_fourteen_the_young_person_decides_in_china_but_not_yet_in_mongolia() -> None:
    fifteen = replace(GOOD, birth=PartialDate(2011, 11, 24), decided_by="young_person")
    assert wrong(fifteen) == []
    assert wrong(replace(fifteen, guardian=rules.GuardianDetails())) == []
    assert wrong(fifteen, MONGOLIA) == ["too_young_to_decide"]
    assert wrong(replace(fifteen, decided_by="guardian")) == ["decides_alone"]


@pytest.mark.parametrize(
    ("birth", "decider"),
    [
        (PartialDate(2012, 11, 24), "young_person"),  # the birthday itself
        (PartialDate(2012, 11, 25), "guardian"),  # the day before
        (PartialDate(2012, 11, precision="month"), "unknown_age"),
        (PartialDate(2012, precision="year"), "unknown_age"),
        (PartialDate(2011, precision="about"), "unknown_age"),
        (PartialDate(2010, precision="year"), "young_person"),
        (PartialDate(2017, precision="about"), "guardian"),
        (None, "unknown_age"),
    ],
)
def test_who_decides(birth: PartialDate | None, decider: str) -> None:
    assert rules.who_decides(birth, CHINA, TODAY) == decider


def test_a_child_is_asked_too_from_eight() -> None:
    assert rules.asks_assent(PartialDate(2018, 11, 24), CHINA, TODAY)
    assert not rules.asks_assent(PartialDate(2018, 11, 25), CHINA, TODAY)
    assert not rules.asks_assent(PartialDate(2010, 1, 1), CHINA, TODAY)  # decides alone


@given(st.dates(date(2005, 1, 1), TODAY), st.sampled_from([CHINA, MONGOLIA]))
def test_the_decider_never_goes_back_from_young_person_to_guardian(born: date, country: object) -> None:
    birth = PartialDate(born.year, born.month, born.day)
    answers = [
        rules.who_decides(birth, country, TODAY + datetime.timedelta(days=n))  # type: ignore[arg-type]
        for n in range(0, 4000, 200)
    ]
    assert answers == sorted(answers)  # "guardian" sorts before "young_person"


# -- referrals --------------------------------------------------------------------------------------------------------


def test_transitions_lead_to_known_states_and_end() -> None:
    assert set(rules.TRANSITIONS) == set(rules.STATES)
    assert set().union(*rules.TRANSITIONS.values()) <= set(rules.STATES)
    assert {state for state in rules.STATES if not rules.TRANSITIONS[state]} == {"rejected", "done", "revoked"}


@given(st.lists(st.sampled_from(rules.STATES), max_size=8))
def test_a_referral_that_has_ended_never_becomes_anything_else(wanted: list[str]) -> None:
    state, ended = "in_progress", None
    for one in wanted:
        if rules.may_become(state, one):
            assert ended is None
            state = one
            ended = state if not rules.TRANSITIONS[state] else None
    assert rules.state_after_recall(state) in rules.STATES


def test_a_recall_after_the_service_leaves_the_outcome() -> None:
    assert rules.state_after_recall("in_progress") == rules.state_after_recall("accepted") == "revoked"
    assert rules.state_after_recall("done") == "done"


def test_every_need_says_which_consent_it_takes_and_what_is_shared() -> None:
    assert set(rules.NEEDS) == set(NEEDS) == {need.code for need in EDITION.needs}
    for need in NEEDS:
        shared = rules.shared_fields(need)
        assert set(shared.shown) | set(shared.withheld) == set(rules.FIELDS)
        assert not set(shared.shown) & set(shared.withheld)
        assert {"address", "health", "family", "documents"} <= set(shared.withheld)


def refusals(agreements: list[rules.Agreement], need: str = "school", *, agreed_now: bool = False) -> list[str]:
    return [problem.code for problem in rules.may_refer(agreements, need, TODAY, agreed_now=agreed_now)]


def test_a_referral_needs_a_valid_yes_for_its_purpose() -> None:
    yes, no = rules.Agreement("school", "agreed", TODAY), rules.Agreement("school", "refused", TODAY)
    assert refusals([yes]) == []
    assert refusals([no, yes]) == []
    assert refusals([yes, no]) == ["consent_refused"]
    assert refusals([yes, no], agreed_now=True) == ["consent_refused"]
    assert refusals([replace(yes, valid_until=date(2026, 11, 23))]) == ["consent_expired"]
    assert refusals([replace(yes, purpose="health")]) == ["consent_not_asked"]


def test_a_need_without_a_standing_purpose_is_asked_for_each_time() -> None:
    assert refusals([], "housing") == ["ask_for_this_referral"]
    assert refusals([], "housing", agreed_now=True) == []


# -- which service fits -----------------------------------------------------------------------------------------------

SCHOOL = Offer("school", 6, 12, ("zh",), {"sat": [["09:00", "12:00"]]}, "320402", places_left=4)
FAMILY = Wanted("school", (9, 9), ("zh",), frozenset({"weekend"}), "320402")


def judged(offer: Offer, wanted: Wanted = FAMILY) -> dict[str, str]:
    return {reason.code: reason.agreement for reason in rules.fits(offer, wanted)}


def test_a_service_that_fits_says_why() -> None:
    assert set(judged(SCHOOL).values()) == {"same"}
    assert list(judged(SCHOOL)) == ["need", "age", "language", "when", "place", "places", "document"]
    assert all(reason.message % reason.args for reason in rules.fits(SCHOOL, FAMILY))


@pytest.mark.parametrize(
    ("change", "code", "agreement"),
    [
        ({"need": "tutoring"}, "need", "near"),
        ({"need": "health"}, "need", "misfit"),
        ({"min_age": 3, "max_age": 6}, "age", "misfit"),
        ({"languages": ("mn",)}, "language", "near"),
        ({"hours": {"mon": [["09:00", "17:00"]]}}, "when", "misfit"),
        ({"division": "320411"}, "place", "near"),
        ({"division": "130921"}, "place", "misfit"),
        ({"places_left": 0}, "places", "near"),
        ({"needs_document": True}, "document", "misfit"),
    ],
)
def test_what_does_not_fit_is_said_by_name(change: dict[str, object], code: str, agreement: str) -> None:
    assert judged(replace(SCHOOL, **change))[code] == agreement  # type: ignore[arg-type]


def test_what_nobody_stated_is_not_held_against_a_service() -> None:
    assert judged(Offer("school"), Wanted("school", None)) == {"need": "same", "document": "same"}


def test_an_inexact_age_is_a_reservation_not_a_refusal() -> None:
    assert judged(SCHOOL, replace(FAMILY, age=(12, 13)))["age"] == "near"
    assert judged(SCHOOL, replace(FAMILY, age=None))["age"] == "near"
    assert judged(SCHOOL, replace(FAMILY, age=(13, 14)))["age"] == "misfit"


def test_evenings_count_when_a_place_closes_late_or_after_midnight() -> None:
    evening = replace(FAMILY, when=frozenset({"evening"}))
    assert judged(replace(SCHOOL, hours={"mon": [["09:00", "20:00"]]}), evening)["when"] == "same"
    assert judged(replace(SCHOOL, hours={"fri": [["20:00", "02:00"]]}), evening)["when"] == "same"
    assert judged(SCHOOL, evening)["when"] == "misfit"


def test_aimags_are_compared_as_a_whole() -> None:
    assert judged(replace(SCHOOL, division="MN-041"), replace(FAMILY, division="MN-043"))["place"] == "misfit"


def test_fitting_services_come_first_then_the_fewest_reservations() -> None:
    near = replace(SCHOOL, places_left=0)
    misfit = replace(SCHOOL, min_age=3, max_age=6)
    ranked = rules.rank([("misfit", misfit), ("near", near), ("same", SCHOOL)], FAMILY)
    assert [key for key, _ in ranked] == ["same", "near", "misfit"]
