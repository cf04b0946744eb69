"""`tongxing account`: the first of each administrator, and the staff roster from the machine itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tongxing.config.state import State

app = typer.Typer(no_args_is_help=True, help="Accounts: the first administrators, and the staff roster.")
out = Console(highlight=False)


class Administrator(StrEnum):
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"
    COORDINATOR = "coordinator"  # confirms what a security administrator proposes


class Language(StrEnum):
    ZH = "zh-hans"
    EN = "en"
    MN = "mn"


@contextmanager
def database() -> Iterator[None]:
    """The server answers and Django is set up."""
    from tongxing.config import cli  # it carries this command

    with cli.reachable(State.load()):
        cli._django()
        yield


@app.command()
def first(
    role: Annotated[Administrator, typer.Argument(help="Which administrator, or the coordinator.")],
    login: Annotated[str, typer.Argument(help="Small letters, digits, dot and hyphen.")],
    name: Annotated[str, typer.Argument(help="As on the slip.")],
    language: Annotated[Language, typer.Option(help="Of the slip.")] = Language.ZH,
) -> None:
    """Make the first administrator of a role and print the slip. Refused when there is one, or the log-in exists."""
    with database():
        from tongxing.config.first_accounts import Refusal, first_of, slip_text

        try:
            user, code = first_of(role.value, login=login, name=name, language=language.value, today=date.today())
        except Refusal as refusal:
            out.print(str(refusal), soft_wrap=True)
            raise typer.Exit(1) from refusal
        out.print(slip_text(user, code, role.value), markup=False, soft_wrap=True)


@app.command()
def roster(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Workbook (.xlsx); see --template.")],
    by: Annotated[str, typer.Option("--by", help="Log-in of the security administrator who proposes.")],
    write: Annotated[
        bool, typer.Option("--write", help="Take it over; without it only say what would change.")
    ] = False,
) -> None:
    """The staff roster: what each row would bring, and with --write all of it or nothing. Ends with 1 when a row is refused."""
    with database():
        from tongxing.config.first_accounts import Refusal, roster_of

        try:
            report = roster_of(file.read_bytes(), login=by, write=write)
        except Refusal as refusal:
            out.print(str(refusal), soft_wrap=True)
            raise typer.Exit(1) from refusal
    for line in report.lines:
        out.print(
            f"{line.number:5}  {line.outcome:8}  {line.said[0]}  {line.why}".rstrip(), markup=False, soft_wrap=True
        )
    done = "taken over; a second person confirms" if write and report.is_whole else "nothing changed"
    out.print(f"{len(report.lines)} rows, {report.count('refused')} refused: {done}.", markup=False, soft_wrap=True)
    if not report.is_whole:
        sys.exit(1)


@app.command()
def template(file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it.")]) -> None:
    """The empty workbook of the staff roster."""
    if file.exists():
        raise typer.BadParameter(f"{file} is there already")
    with database():
        from tongxing.organisations.roster import template as empty

        file.write_bytes(empty())
