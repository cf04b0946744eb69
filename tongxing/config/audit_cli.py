"""`tongxing audit …`: is the log what was sealed, and what the operator says about it. Shows no record and no name."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tongxing.config.state import State, StateProblem

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The sealed log of who looked at what.")
out = Console(highlight=False, soft_wrap=True)
Roots = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="Copied roots; default: where this house copies them.")
]


@audit.command()
def verify(roots: Roots = None, as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """Compare the log with its seals and the seals with the roots outside. Ends with 1 when anything was changed."""
    from tongxing.config.cli import reachable

    with reachable(State.load()):
        _django()
        from django.conf import settings

        from tongxing.audit import verifying

        try:
            found = verifying.verify(roots or settings.ROOTS_FOLDER)
        except ValueError as problem:
            raise StateProblem(f"The copied roots cannot be read: {problem}.") from problem
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        for one in found.trouble:
            out.print(str(one), style="red", markup=False)
        for note in found.notes:
            out.print(note, markup=False)
        verdict = "The log is as it was sealed." if found.is_intact else "THE LOG WAS CHANGED."
        out.print(
            f"{verdict} {found.rows:,} rows under {found.seals:,} seals, {found.unsealed:,} not sealed yet,"
            f" {found.retired:,} batches let go. Key {found.fingerprint}."
        )
    if not found.is_intact:
        raise typer.Exit(1)


@audit.command()
def seal() -> None:
    """Seal now, as the worker does every minute."""
    from tongxing.config.cli import reachable

    with reachable(State.load()):
        _django()
        from tongxing.audit import sealing

        try:
            done = sealing.seal()
        except sealing.NotSealed as problem:
            raise StateProblem(str(problem)) from problem
    out.print(f"{done:,} rows sealed.")


@audit.command()
def restored(
    reason: Annotated[str, typer.Option(help="Which backup, why, who decided. It stays in the log.")],
) -> None:
    """Say, signed, that the database was brought back from a backup, so that sealing goes on behind the roots outside."""
    if len(reason.strip()) < 10:
        raise typer.BadParameter("write a full sentence", param_hint="--reason")
    from tongxing.config.cli import reachable

    with reachable(State.load()):
        _django()
        from tongxing.audit import sealing

        try:
            first, last = sealing.note_restored(reason.strip())
        except sealing.NotSealed as problem:
            raise StateProblem(str(problem)) from problem
    out.print(f"Noted: seals {first} to {last} were lost with what they sealed.")


@audit.command()
def breach(
    login: Annotated[str, typer.Argument(help="Log-in of the account whose look-ups are gathered.")],
    since: Annotated[str, typer.Option(help="First day, as 2026-11-01.")],
    until: Annotated[str, typer.Option(help="Last day; at most three months.")],
    auditor: Annotated[str, typer.Option("--as", help="Log-in of an audit administrator; the look stands under it.")],
    to: Annotated[
        Path, typer.Option("--out", dir_okay=False, help="The draft, as .html; a file there is not replaced.")
    ],
    language: Annotated[str, typer.Option(help="Of the draft: zh-hans, en or mn.")] = "zh-hans",
) -> None:
    """Write the draft of a breach report into a file, as the page does. Nothing is sent; people complete it."""
    if to.exists():
        raise typer.BadParameter(f"{to} is there already", param_hint="--out")
    from tongxing.config.cli import reachable

    with reachable(State.load()):
        _django()
        sheet = breach_sheet({"login": login, "since": since, "until": until}, auditor, language)
    with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(sheet)
    out.print(f"Written to {to}, for you alone to read. It is confidential: a log-in, times and numbers of records.")


def breach_sheet(asked: dict[str, str], auditor: str, language: str) -> str:
    """The draft as a page of its own. Ends with 2, in words, for what cannot be gathered."""
    from django.conf import settings
    from django.db import transaction
    from django.template.loader import render_to_string
    from django.utils.translation import override

    from tongxing.access.context import acting_as
    from tongxing.audit import breaching
    from tongxing.audit.forms import BreachForm
    from tongxing.config.alone import styles
    from tongxing.core.i18n import html_tag

    if language not in dict(settings.LANGUAGES):
        raise typer.BadParameter("zh-hans, en or mn", param_hint="--language")
    by, form = _auditor(auditor), BreachForm(asked)
    with transaction.atomic(), acting_as(by), override(language):
        page = breaching.draft(form, by=by)
        wrong = "; ".join(f"{name}: {' '.join(map(str, said))}" for name, said in form.errors.items())
        if page:
            return render_to_string("audit/breach_file.html", page | {"style": styles(), "tag": html_tag(language)})
    raise typer.BadParameter(wrong)  # after the transaction: the look stays in the log


def _auditor(login: str) -> Any:
    from django.utils import timezone

    from tongxing.access.acting import Acting
    from tongxing.organisations.models import Membership

    held = Membership.objects.using("owner").filter(user__login=login, role="audit").active_at(timezone.now())
    found = held.select_related("user").first()
    if found is None:
        raise typer.BadParameter(f"{login} is no audit administrator today", param_hint="--as")
    return Acting(found.user_id, found.user.name, "audit", None, purpose="breach draft, command line")


def _django() -> None:
    from tongxing.config.cli import _django as set_up

    set_up()
