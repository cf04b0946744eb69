"""What every way of recording leaves in the facts: the site's own date, and nothing of who refused statistics."""

import datetime
import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils.translation import override

from tests.access.routes import FILLED
from tests.world import as_, child, client, consent, registered, to_school
from tongxing.casework.actions import deliver
from tongxing.facts import derivation
from tongxing.facts.calculation import calculate, snapshot
from tongxing.facts.disclosure import protect
from tongxing.facts.results import Period
from tongxing.organisations.models import Centre
from tongxing.procedures.actions import answer, referrals, registrations, withdraw
from tongxing.procedures.actions.registrations import site_date
from tongxing.procedures.models import Draft, Referral

# Yesterday, or what the receiver should see would have ended: in Changzhou 00:30 of the next day, in Hovd still 23:30.
NIGHT = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)).replace(hour=16, minute=30)
ALL = Period.until(datetime.date(2030, 1, 1))
KINDS = {
    "child_registered",
    "registration_refused",
    "referral_sent",
    "referral_declined",
    "referral_done",
    "referral_withdrawn",
    "service_delivered",
}


NAMES = iter(
    "欧阳锦 慕容拓 司徒昭 尉迟迈 皇甫笛 端木垚 上官岫 诸葛翊 夏侯甫 令狐砚 宇文珂 长孙霁 公孙瓒 东方遒".split()
)


def unlike() -> dict[str, dict[str, str]]:
    """Fields by which each child of this file differs from the others: the search would find one here otherwise."""
    name, number = next(NAMES), uuid.uuid4().int % 10**7
    born = f"201{number % 7}-0{number % 9 + 1}-1{number % 8}"
    return {
        "name": {"name": name, "birth": born, "other_names": ""},
        "guardian": {"guardian_name": f"{name}父"},
        "move": {"moved_on": "2021-09"},
        "address": {"phone": f"000 {number}"},
    }


def typed_in(desk, refused: tuple[str, ...] = ()) -> None:
    """A registration through the pages, as the desk types it; `registration` refused means that nothing is kept."""
    browser, own = client(desk), unlike()
    with override("en"):
        browser.post(reverse("procedures:registration_start"), {"name": own["name"]["name"]})
        draft = Draft.objects.using("owner").latest("saved_at")
        for section, said in FILLED.items():
            draft.refresh_from_db(using="owner")
            said_no = {f"consent_{purpose}": "refused" for purpose in refused if section == "consent"}
            given = said | own.get(section, {}) | said_no
            page = reverse("procedures:registration_section", args=[draft.id, section])
            assert browser.post(page, given | {"version": draft.version}).status_code == 302
        page = "registration_refused" if "registration" in refused else "registration_check"
        assert browser.post(reverse(f"procedures:{page}", args=[draft.id]), {}).status_code == 302


def everything(desk, school, *, statistics: bool = True) -> None:
    """Each kind of fact once or more, by the actions and pages that the desks use."""
    refused = () if statistics else ("statistics",)
    typed_in(desk, refused)
    typed_in(desk, ("registration",))
    with as_(desk):
        told = child(f"夜{uuid.uuid4().hex[:4]}", consent=consent(refused=refused), on=site_date(_centre(desk)))
        person = registered(desk, told, search_again=False).person
        sent = [to_school(person, by=desk).id for _ in range(3)]
    with as_(school):
        answer(Referral.objects.get(id=sent[0]), accept=True, by=school)
        deliver(Referral.objects.get(id=sent[0]), outcome="received", on=site_date(_centre(school)), by=school)
        answer(Referral.objects.get(id=sent[1]), accept=False, reason="full", by=school)
    with as_(desk):
        withdraw(Referral.objects.get(id=sent[2]), by=desk)


def _centre(by) -> Centre:
    return Centre.objects.get(id=by.place)


def recorded(house, do: Callable[[], None]) -> list[tuple]:
    """(kind, day, subject, sex, birth year, origin) of the facts that `do` adds."""
    before = {key for (key,) in house.sql("tx_counter", "select id from facts_fact")}
    do()
    rows = house.sql(
        "tx_counter", "select id, kind, occurred_on, subject, sex, birth_year, origin_division_id from facts_fact"
    )
    return [row[1:] for row in rows if row[0] not in before]


@pytest.mark.parametrize(("zone", "later"), [("Asia/Shanghai", 1), ("Asia/Ulaanbaatar", 1), ("Asia/Hovd", 0)])
def test_every_fact_carries_the_date_on_the_wall_of_its_site(house, desk, school, monkeypatch, zone, later) -> None:
    places = [str(desk.place), str(school.place)]
    house.sql("tx_owner", "update organisations_centre set time_zone = %s where id = any(%s::uuid[])", [zone, places])
    # Facts of the former zone differ from what the register says now; those of this one do not.
    before = derivation.check().differences
    with monkeypatch.context() as patched:
        for actions in (
            registrations,
            referrals,
        ):  # where dates of the site are taken; the database keeps its own clock
            patched.setattr(actions, "timezone", SimpleNamespace(now=lambda: NIGHT))
        found = recorded(house, lambda: everything(desk, school))
    assert {kind for kind, *_rest in found} == KINDS
    assert {on for _kind, on, *_rest in found} == {NIGHT.date() + datetime.timedelta(days=later)}
    assert derivation.check().differences == before


def test_who_refused_statistics_leaves_nothing_on_any_way(house, desk, school) -> None:
    before = derivation.check().differences
    found = recorded(house, lambda: everything(desk, school, statistics=False))
    assert derivation.check().differences == before
    assert {kind for kind, *_rest in found} == KINDS
    assert {row[2:] for row in found} == {(None, "", None, None)}


def test_who_agreed_is_told_of_on_every_way_but_the_refusal(house, desk, school) -> None:
    """Control: the same ways, and the person is there."""
    found = recorded(house, lambda: everything(desk, school))
    told = {kind: subject for kind, _on, subject, *_rest in found if subject is not None}
    assert set(told) == KINDS - {"registration_refused"}


def test_gross_counts_a_refusing_family_and_distinct_does_not_and_its_number_is_shown(house, desk, school) -> None:
    def numbers() -> tuple[int, int, int]:
        found = calculate(("registrations", "children_registered"), period=ALL)
        with snapshot(("children_registered",), period=ALL) as taken:
            refused = taken.funnel("children_registered").refused_statistics
        gross, distinct = (int(found.only(code).value or 0) for code in ("registrations", "children_registered"))
        return gross, distinct, refused

    before = numbers()
    everything(desk, school, statistics=False)
    after = numbers()
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == (2, 0, 2)
    assert protect(calculate("registrations", period=ALL), "internal").only("registrations").value == after[0]
