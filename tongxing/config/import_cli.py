"""`tongxing import persons`: a roster from the command line, as somebody who works at the centre."""

import json
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True)
out = Console(highlight=False)
ROLES = ("front_desk", "case_worker")


@app.callback()
def importing() -> None:
    """Lists of persons that come as files."""


@app.command()
def persons(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A roster: .xlsx or CSV.")],
    centre: Annotated[str, typer.Option(help="Centre that keeps the records, as changzhou-2.")],
    login: Annotated[str, typer.Option("--as", help="Log-in of a front desk or case worker of that centre.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check row by row; register nobody.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    language: Annotated[str, typer.Option(help="Of the reasons: zh-hans, en or mn.")] = "zh-hans",
) -> None:
    """Registers the children of a roster. Ends with 1 when the file or a row was refused, or a row waits for a person."""
    from tongxing.config.cli import _database  # it imports this module

    with _database():
        told = _imported(file, centre, login, dry_run, language)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _say(told)
    if told["why"] or {"refused", "review"} & set(told["rows"]):
        raise typer.Exit(1)


def _imported(file: Path, centre: str, login: str, dry_run: bool, language: str) -> dict[str, Any]:
    from django.db import transaction
    from django.utils.translation import override

    from tongxing.access.context import acting_as
    from tongxing.procedures.rosters.problems import why_not

    rosters = import_module("tongxing.procedures.actions.rosters")
    by = _who(centre, login)
    with transaction.atomic(), acting_as(by):
        roster, is_new = rosters.take_in(file.read_bytes(), name=file.name, by=by)
    roster = rosters.work(roster.id, by=by)
    if roster.state == roster.State.CHECKED and not dry_run:
        with transaction.atomic(), acting_as(by):
            rosters.start(roster, by=by)
        roster = rosters.work(roster.id, by=by)
    with transaction.atomic(), acting_as(by), override(language):
        rows = list(roster.rows.all())
        return {
            "roster": str(roster.id),
            "state": roster.state,
            "came_before": not is_new,
            "why": why_not(roster.reason, roster.told, language) if roster.reason else "",
            "rows": dict(Counter(str(row.state) for row in rows)),
            "to_look_at": list(_to_look_at(rows, language)),
        }


def _to_look_at(rows: list[Any], language: str) -> Iterator[dict[str, Any]]:
    """Rows that were not imported, with cells and reasons; what the cells say of a child is not repeated but in reasons."""
    from django.utils.translation import gettext

    from tongxing.procedures.rosters.rows import told
    from tongxing.procedures.rosters.stored import opened

    for row in rows:
        if row.state in ("refused", "review"):
            troubles = [{"cell": one.cell, "words": told(one, gettext, language)} for one in opened(row).troubles]
            yield {"row": row.number, "state": str(row.state), "troubles": troubles}


def _who(centre: str, login: str) -> Any:
    """As whom. Ends with 2 when nobody of that log-in works at that centre today."""
    from django.utils import timezone

    from tongxing.access.acting import Acting
    from tongxing.organisations.models import Membership

    own = Membership.objects.using("owner").filter(user__login=login, centre__slug=centre, role__in=ROLES)
    found = own.active_at(timezone.now()).select_related("user").first()
    if found is None:
        raise typer.BadParameter(f"{login} is no front desk or case worker at {centre} today", param_hint="--as")
    return Acting(found.user_id, found.user.name, found.role, found.centre_id, purpose="roster")


def _say(told: dict[str, Any]) -> None:
    if told["came_before"]:
        out.print("This very file came before; nothing was done a second time.")
    out.print(f"{told['state']}: " + (told["why"] or ", ".join(f"{n} {s}" for s, n in told["rows"].items())))
    for row in told["to_look_at"]:
        words = "; ".join(f"{one['cell']} {one['words']}" for one in row["troubles"])
        out.print(f"  row {row['row']}: {row['state']} {words}", soft_wrap=True, markup=False)
    if told["state"] == "checked":
        out.print("Nobody was registered. Run it again without --dry-run, or start it on the page Rosters.")
