"""The permission matrix is the whole truth: no part beside it and no page without a guard."""

import ast
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from tests import world
from tests.access import cast as people
from tests.access.routes import ROUTES, address, constants, in_resolver, objects
from tests.architecture.house import HOUSE, PRODUCT
from tongxing.access.permissions import MATRIX, ROLES, STEPS, VERBS, granted, may
from tongxing.casework.actions import deliver
from tongxing.core.rls import RowPolicy
from tongxing.organisations.models import Membership
from tongxing.procedures.actions import acknowledge, answer, withdraw
from tongxing.procedures.models import Referral

# What is open to everybody; anything else asks for a cell of the matrix.
PUBLIC = {
    *("desk:guide", "desk:glossary"),
    *("desk:first", "desk:first_password", "desk:first_phone", "desk:lock", "desk:locked"),
    *("desk:home", "desk:report_problem", "desk:sign_in", "desk:sign_in_code", "desk:sign_out", "organisations:find"),
    *("procedures:referral_withdraw", "publishing:programmes"),
    *("programme:documents", "programme:document"),
    *("procedures:referral_withdraw", "publishing:programmes", "publishing:reference", "rights:retention"),
    *("procedures:referral_withdraw", "publishing:programmes", "publishing:measures", "publishing:measure"),
    *("publishing:factsheet", "publishing:factsheet_edition", "publishing:how", "publishing:how_edition"),
    *("publishing:factsheet_by", "publishing:report_by", "publishing:printed", "publishing:changes"),
    *("publishing:editions_public", "publishing:file", "publishing:file_latest", "publishing:content"),
    *("programme:voice_say", "programme:voice_answer", "programme:voice_paper", "programme:what_changed"),
    *("publishing:feed", "publishing:feed_programme", "publishing:api", "publishing:openapi"),
}


@pytest.fixture(scope="module")
def cast(house) -> people.Cast:
    return people.gathered()


def parts_in_policies() -> set[str]:
    from tests.architecture.house import tables

    return {wall.part for model in tables() for wall in model._meta.constraints if isinstance(wall, RowPolicy)}


def parts_in_code() -> set[str]:
    """First words of `may`, `demand` and `allow` in Python, and of access.may in SQL."""
    found = set()
    for path in PRODUCT.glob("**/*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("may", "demand", "allow") and isinstance(call.args[0].value, str):
                found.add(call.args[0].value)
    for path in PRODUCT.glob("**/*.sql"):
        found |= set(re.findall(r"access\.may\('(\w+)'", path.read_text()))
    return found


def test_every_part_that_is_asked_for_is_a_row_of_the_matrix_and_the_other_way_round() -> None:
    assert parts_in_policies() | parts_in_code() == set(MATRIX)


def test_cells_name_known_roles_and_verbs() -> None:
    for part, cells in MATRIX.items():
        assert set(cells) <= {*ROLES, *STEPS}, part
        assert all(set(verbs) <= set(VERBS.values()) for verbs in cells.values()), part
    assert not set(ROLES) & set(STEPS)
    assert not may("owner", "person", "read") and not may("front_desk", "everything", "read")


def test_what_is_signed_is_the_column_of_the_matrix() -> None:
    for role in (*ROLES, *STEPS):
        cells = dict(cell.split("=") for cell in granted(role).split(";"))
        assert cells == {part: cells[role] for part, cells in MATRIX.items() if role in cells}


def test_the_document_shows_the_matrix_as_it_is() -> None:
    """docs/security.md: one row a part, one column a role or step; an empty cell is a dash."""
    roles = [*ROLES, *STEPS]
    text = (HOUSE / "docs" / "security.md").read_text(encoding="utf-8")
    for part, cells in MATRIX.items():
        row = " | ".join([f"| {part}", *(cells.get(role, "–") for role in roles)])
        assert f"{row} |" in text, f"write into docs/security.md: {row} |"
    shown = re.findall(r"^\| (\w+) \| (?:[racx–]+ \| ){14}[racx–]+ \|$", text, re.MULTILINE)
    assert shown == list(MATRIX)


def test_nobody_can_be_a_member_in_a_step_of_the_code() -> None:
    choices = {code for code, _name in Membership._meta.get_field("role").choices}
    assert choices == set(ROLES)


def test_every_view_has_a_guard_and_every_guard_a_cell() -> None:
    public = set()
    for name, view in in_resolver():
        part, verb = view.tx_guard
        if part == "public":
            public.add(name)
        else:
            assert part in MATRIX and verb in VERBS, name
    assert public == PUBLIC, "a page for everybody is decided here, not by leaving something out"


def test_what_the_matrix_does_not_allow_no_page_allows(cast, house) -> None:
    ids, fixed = objects(cast.here, cast), constants()
    refused = 0
    for who, by in cast.everyone().items():
        client = world.client(by, raise_request_exception=False)
        for name, view in in_resolver():
            part, verb = view.tx_guard
            if part == "public" or may(by.role, part, verb):
                continue
            url = address(name, ROUTES[name].kinds, ids, fixed)
            assert {client.get(url).status_code, client.post(url).status_code} <= {404, 405}, (who, name)
            refused += 1
    assert refused > 100
    noted = house.sql("tx_owner", "select count(*) from access_securityevent where kind = 'refused' and path <> ''")
    assert noted[0][0] >= refused


def test_a_desk_that_sends_and_receives_never_moves_for_the_other_side(cast) -> None:
    desk, sent = cast.here.front_desk, cast.here.ids["accepted"]
    assert may("front_desk", "received", "change")
    tries = (
        lambda r: answer(r, accept=False, reason="full", by=desk),
        lambda r: deliver(r, outcome="received", on=world.TODAY, by=desk),
        lambda r: acknowledge(r, by=desk),
    )
    for move in tries:
        with pytest.raises(PermissionDenied), world.as_(desk):
            move(Referral.objects.get(id=sent))
    client = world.client(desk, raise_request_exception=False)
    assert client.get(reverse("procedures:referral_received", args=[sent])).status_code == 404
    # A front desk at the receiving place reads the snapshot and cannot take it back for the family.
    there = world.somebody("front_desk", people.SCHOOL_HERE)
    with pytest.raises(PermissionDenied), world.as_(there):
        withdraw(Referral.objects.get(id=sent), by=there)
    assert Referral.objects.using("owner").get(id=sent).state == "accepted"
