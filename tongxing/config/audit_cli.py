"""`tongxing audit …`: is the log what was sealed, and what the operator says about it. Shows no record and no name."""

import json
from pathlib import Path
from typing import Annotated

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


def _django() -> None:
    from tongxing.config.cli import _django as set_up

    set_up()
