"""From a figure to its records: as many as the cell says, without names, never of another centre, and written down."""

import datetime
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tests import world
from tongxing import facts
from tongxing.access.models import ReadNote
from tongxing.facts import kept, lineage
from tongxing.facts.calculation import calculate
from tongxing.facts.lineage import Pack
from tongxing.facts.models import CellMembers, CellOpening, Fact, KeptFigure, SubjectIdentity
from tongxing.facts.results import Period
from tongxing.registry.models import Subject

PROGRAMME = "MDGF-1880-H-CHN"
ALL = Period.until(datetime.date(2030, 1, 1))
NAMES = {"desk": ("柏一一", "柏二二"), "elsewhere": ("樟三三",)}


@pytest.fixture(scope="module")
def mande(house):
    return world.somebody("mande")


@pytest.fixture(scope="module")
def children(desk, elsewhere):
    """Two children here, one there who is linked to the first, and one here whose family refused statistics."""
    for by, names in ((desk, NAMES["desk"]), (elsewhere, NAMES["elsewhere"])):
        with world.as_(by):
            for number, name in enumerate(names):
                enrolment = world.child(name, phones=(f"000 2{number}{len(names)}",))
                world.registered(by, enrolment, search_again=False)
    with world.as_(desk):
        consent = world.consent(refused=("statistics",))
        world.registered(desk, world.child("柏四四", consent=consent, phones=("000 29",)), search_again=False)
    subjects = {row.person.name: row.subject for row in Subject.objects.using("owner").select_related("person")}
    SubjectIdentity.objects.using("owner").create(subject=subjects["樟三三"], identity=subjects["柏一一"])
    return subjects


def kept_by(by, code="children_registered", dimensions=("centre",), as_of=None) -> KeptFigure:
    with world.as_(by):
        return kept.keep(
            code, period=ALL, as_of=as_of or timezone.now(), dimensions=dimensions, programme=PROGRAMME, by=by
        )


def address(figure: KeptFigure, cell: int | None = None) -> str:
    return f"/en/figures/records/{figure.pk}/" + (f"{cell}/" if cell is not None else "")


def test_every_set_is_as_large_as_its_cell_over_all_measures_and_dimensions(children) -> None:
    compared, differing = lineage.differences(ALL, timezone.now())
    assert compared > 30
    assert differing == []


def test_a_set_that_lost_a_record_is_noticed(children, monkeypatch) -> None:
    """Control: the comparison can fail."""
    whole = lineage.together

    def holed(packs, cell):
        sets = whole(packs, cell)
        sets.facts.discard(sets.facts.min() if sets.facts else 0)
        return sets

    monkeypatch.setattr(lineage, "together", holed)
    assert lineage.differences(ALL, timezone.now())[1]


def test_the_numbers_of_kept_cells_are_those_of_the_figure(mande, children) -> None:
    figure = kept_by(mande)
    raw = calculate("children_registered", period=ALL, as_of=figure.as_of, by=("centre",), programme=PROGRAMME)
    with world.as_(mande):
        lines = kept.lines(KeptFigure.objects.get(pk=figure.pk))
    assert {line.keys: line.persons for line in lines} == {cell.keys: cell.value for cell in raw.cells}


def test_an_officer_goes_on_from_a_figure_to_its_records_without_names(mande, children) -> None:
    officer = world.client(mande)
    answer = officer.post("/en/figures/records/keep/", {"measure": "children_registered", "by": "centre"})
    assert answer.status_code == 302
    cells = officer.get(answer["Location"]).content.decode()
    assert ">4<" in cells and ">2<" in cells, "four records of two persons"
    figure = KeptFigure.objects.using("owner").latest("kept_at")
    page = officer.get(address(figure, 0)).content.decode()
    assert "4 records, without names" in page
    for name in children:
        assert name not in page + cells
    assert len(re.findall(r"<th scope=\"row\">Child registered</th>", page)) == 4
    assert "6–11 years" in page and not re.search(r"\b2017\b(?!-)", page), "an age band, no year of birth"


def test_each_opening_is_written_down(mande, children) -> None:
    figure = kept_by(mande)
    world.client(mande).get(address(figure, 0))
    noted = CellOpening.objects.using("owner").get(figure_id=figure.pk)
    assert (noted.user_id, noted.role, noted.measure, noted.keys, noted.shown) == (
        mande.user_id,
        "mande",
        "children_registered",
        [],
        4,
    )
    assert noted.session_id is not None


def test_a_desk_sees_its_own_children_and_that_others_are_kept_elsewhere(desk, mande, children) -> None:
    figure = kept_by(mande)
    page = world.client(desk).get(address(figure, 0)).content.decode()
    assert "柏一一" in page and "柏二二" in page
    assert "樟三三" not in page
    assert "柏四四" not in page, "who refused statistics is named by no figure"
    assert "One further record of your centre names nobody here" in page
    assert re.search(r"Records kept elsewhere: &lt; 10", page), "told as the public is told"
    note = ReadNote.objects.using("owner").filter(user_id=desk.user_id, kind="registry.Person").latest("at")
    assert len(note.ids) == 2


def test_a_desk_opens_no_cell_in_which_it_has_no_record(desk, elsewhere, mande, children) -> None:
    figure = kept_by(mande)
    with world.as_(mande):
        cell_of = {line.keys: line.cell for line in kept.lines(figure)}
    there = cell_of[(("centre", str(elsewhere.centre_id)),)]
    assert world.client(desk).get(address(figure, there)).status_code == 404
    nowhere = world.somebody("front_desk", "changzhou-3")
    assert world.client(nowhere).get(address(figure)).status_code == 404
    assert not CellOpening.objects.using("owner").filter(user_id=nowhere.user_id).exists()


@pytest.mark.parametrize("role", ["police", "receiver", "safeguarding"])
def test_other_roles_open_nothing(role, mande, children) -> None:
    figure = kept_by(mande)
    other = world.somebody(role, "" if role == "safeguarding" else "changzhou-2")
    client = world.client(other)
    assert client.get(address(figure)).status_code == 404
    assert client.get(address(figure, 0)).status_code == 404
    assert client.post("/en/figures/records/keep/", {"measure": "registrations"}).status_code == 404
    with world.as_(other):
        assert not KeptFigure.objects.exists() and not CellMembers.objects.exists()
        with pytest.raises(PermissionDenied), transaction.atomic():
            kept.open_cell(figure, 0, by=other)


def test_after_a_void_the_old_figure_still_opens_as_it_was(desk, mande, children) -> None:
    before = timezone.now()
    old = kept_by(mande, "registrations", ())
    fact = Fact.objects.using("counter").filter(subject=children["柏二二"], kind="child_registered").get()
    with world.as_(desk):
        facts.void(fact, reason="twice", by=desk)
    fresh, again = kept_by(mande, "registrations", ()), kept_by(mande, "registrations", (), as_of=before)
    with world.as_(mande):
        sizes = [kept.lines(figure)[0].records for figure in (old, fresh, again)]
    assert sizes == [4, 3, 4]
    assert "4 records" in world.client(mande).get(address(old, 0)).content.decode()


def test_what_has_expired_opens_no_more_and_goes_with_the_next(mande, children) -> None:
    figure = kept_by(mande)
    long_ago = timezone.now() - 2 * kept.LASTS
    KeptFigure.objects.using("owner").filter(pk=figure.pk).update(kept_at=long_ago, expires_at=long_ago + kept.LASTS)
    assert world.client(mande).get(address(figure, 0)).status_code == 404
    kept_by(mande)
    assert not KeptFigure.objects.using("owner").filter(pk=figure.pk).exists()
    assert not CellMembers.objects.using("owner").filter(figure_id=figure.pk).exists()


def test_a_set_holds_no_name_and_no_pseudonym(mande, children) -> None:
    figure = kept_by(mande)
    packs = [bytes(row.packed) for row in CellMembers.objects.using("owner").filter(figure=figure)]
    ids = {one for packed in packs for one in Pack.opened("", packed).ids}
    assert ids and ids <= {pk.bytes for pk in Fact.objects.using("counter").values_list("pk", flat=True)}
    assert not ids & {subject.bytes for subject in children.values()}
    columns = [table.column_names for packed in packs for table in lineage._read(packed)]
    assert {name for names in columns for name in names} == {"id", "cell", "facts", "persons"}


def test_a_ratio_and_a_register_have_no_records_of_their_own(mande) -> None:
    officer = world.client(mande)
    for code in ("referral_success", "centres_community", "no_such"):
        assert officer.post("/en/figures/records/keep/", {"measure": code}).status_code == 404


def test_the_figures_page_names_the_kinds_of_double_counting(mande, children) -> None:
    page = world.client(mande).get("/en/figures/?by=organisation").content.decode()
    steps = dict(re.findall(r'data-step="(\w+)">\s*([^<]*)<', page))
    numbers = {step: int(re.sub(r"\D", "", text)) for step, text in steps.items()}
    gross = numbers["gross"]
    kinds = ("same_centre", "same_agency", "up_downstream", "other_agency", "refused_statistics")
    assert gross - sum(numbers[kind] for kind in kinds) == numbers["distinct"]
    assert numbers["other_agency"] == 1 and numbers["refused_statistics"] == 1
    assert f">{numbers['distinct']}–" not in page  # nothing was compared yet: no interval that would say so


def test_the_overlap_page_shows_who_is_known_at_two_centres(mande, children) -> None:
    page = world.client(mande).get("/en/figures/overlap/?level=centre").content.decode()
    cells = re.findall(r'<td class="n">(?:<b>|<span class="tx-muted">)?(\d+)', page)
    assert sorted(cells)[:4] == ["1", "1", "1", "1"]
    assert world.client(mande).get("/en/figures/overlap/?measure=registrations").status_code == 404
