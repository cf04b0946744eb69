"""The one door for operators: `tongxing --help` lists the commands."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task, TaskID
from rich.text import Text

from tongxing.config import account_cli, import_cli, instance, linking_cli, measuring, supply
from tongxing.config.audit_cli import audit
from tongxing.config.backups import cli as backups_cli
from tongxing.config.cluster import Cluster
from tongxing.config.facts_cli import facts
from tongxing.config.provision import migrate as migrate_tables
from tongxing.config.provision import provision
from tongxing.config.state import State, StateProblem
from tongxing.config.supervisor import Supervisor, only_one

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Tongxing, the program.",
)
app.add_typer(audit, name="audit")
app.add_typer(facts, name="facts")
app.add_typer(measuring.app, name="measure")
app.add_typer(account_cli.app, name="account")
app.add_typer(linking_cli.app, name="identity")
app.add_typer(import_cli.app, name="import")
app.command(name="link")(linking_cli.link)
app.command(name="backup-key")(backups_cli.backup_key)
app.command(name="backup")(backups_cli.backup)
app.command(name="restore")(backups_cli.restore)
app.command(name="drill")(backups_cli.drill)
app.command(name="upgrade")(backups_cli.upgrade)
app.add_typer(backups_cli.exports, name="export")
app.command(name="advisories")(supply.advisories)
app.command(name="sbom")(supply.sbom)
out = Console(highlight=False)

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to serve at.")]


class Form(StrEnum):
    HTML = "html"
    JSON = "json"
    XLSX = "xlsx"
    CSV = "csv"


class Scale(StrEnum):
    SMALL = "small"
    TYPICAL = "typical"
    FULL = "full"


class Language(StrEnum):
    ZH = "zh-hans"
    EN = "en"
    MN = "mn"


COLOURS = {"ok": "green", "warning": "yellow", "fault": "red"}


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to serve at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Port = 8765,
    database_only: Annotated[
        bool, typer.Option("--database-only", help="The database alone, for maintenance.")
    ] = False,
) -> None:
    """Database, web and worker under one supervisor, until Ctrl-C."""
    state = State.load()
    Supervisor(state, host, port, database_only, ready=lambda: out.print(f"Serving at http://{host}:{port}/")).run()


@app.command()
def migrate() -> None:
    """Bring roles and tables up to the code. Starts the embedded database for the time if it does not run."""
    state = State.load()
    instance.claim(state)
    with reachable(state):
        provision(state)
        _django()
        migrate_tables()
    out.print("Tables are up to date.")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    is_kept: Annotated[
        bool, typer.Option("--keep", help="Quietly, for the page of the operator; says new faults.")
    ] = False,
) -> None:
    """What is wrong with this machine or installation. Ends with 1 when something must be mended."""
    from tongxing.config.doctor import examine, keep

    findings = list(examine(State.load()))
    if is_kept:
        for finding in keep(State.load(), findings):
            print(f"doctor: {finding.check}: {finding.words}", file=sys.stderr)
        return
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            colour = COLOURS[finding.state]
            out.print(f"[{colour}]{finding.state:8}[/]{finding.check:19}{finding.words}", soft_wrap=True)
            if finding.remedy:
                out.print(f"{'':27}{finding.remedy}", soft_wrap=True)
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


@app.command()
def demo(
    port: Port = 8765,
    children: Annotated[int | None, typer.Option(min=1, help="How many children to make up.")] = None,
    scale: Annotated[Scale, typer.Option(help="Children and what became of them; full: 350,000.")] = Scale.TYPICAL,
    load_only: Annotated[bool, typer.Option("--load-only", help="Fill it and end.")] = False,
) -> None:
    """The demonstration programme on this machine: fills it at the first start, serves it, prints the log-ins."""
    os.environ["TONGXING_DEMO"] = "1"
    state = State.load()
    instance.claim_for_demonstration(state)
    _serve_filled("demonstration", state, "127.0.0.1", None if load_only else port, scale, children)


@app.command()
def training(
    port: Port = 8766,
    host: Annotated[str, typer.Option(help="Address to serve at; 0.0.0.0 for the room.")] = "127.0.0.1",
    children: Annotated[int, typer.Option(min=1, help="How many children to make up.")] = 600,
    reset: Annotated[bool, typer.Option("--reset", help="Throw away everything in it first.")] = False,
) -> None:
    """A training instance in a folder of its own, marked on every page: generated data, accounts for trainees."""
    instance.own_folder()
    state = State.load()
    instance.claim(state)
    if reset:
        with only_one(state):
            instance.empty(state)
        state = State.load()
    _serve_filled("training: nothing in it is real", state, host, port, Scale.TYPICAL, children)


def _serve_filled(what: str, state: State, host: str, port: int | None, scale: Scale, children: int | None) -> None:
    """Fill what is empty and serve it; without a port, fill only."""
    instance.claim(state)
    with reachable(state):
        provision(state)
        _django()
        migrate_tables()
        _load_demonstration(scale, children)
        lines = _logins()
    if port is None:
        return

    def ready() -> None:
        out.print(f"\nTongxing ({what}) at [bold]http://{host}:{port}/[/]")
        for line in lines:
            out.print(f"  {line}")
        out.print("Ctrl-C stops it.")

    Supervisor(state, host, port, is_migrated=True, ready=ready).run()


AS_OF = (
    "The edition made as of that day; where there is none, a draft of what was known then. Default: the latest edition."
)
publishing = typer.Typer(no_args_is_help=True)
app.add_typer(publishing, name="publish")


@publishing.callback()
def publish() -> None:
    """Editions of factsheets as files, and whether one is still what was approved."""


@publishing.command()
def factsheet(
    code: Annotated[str, typer.Argument(help="Programme, as MDGF-1880-H-CHN.")],
    form: Annotated[Form, typer.Option("--format", help="What to write.")] = Form.HTML,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=AS_OF)] = None,
    target: Annotated[Path | None, typer.Option("--out", help="The file; default: standard output.")] = None,
    language: Annotated[Language, typer.Option(help="Of titles and words.")] = Language.ZH,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """A factsheet as a file: the approved edition of a day, or an unapproved draft of what was known then."""
    if target is not None and target.exists() and not force:
        raise typer.BadParameter(f"{target} is there already; --force replaces it", param_hint="--out")
    with _database():
        words = import_module("tongxing.config.publish").factsheet(code, form, as_of, language, target)
    Console(stderr=True, highlight=False).print(words)


@publishing.command()
def verify(
    code: Annotated[str, typer.Argument(help="Programme.")],
    number: Annotated[int, typer.Argument(min=1, help="Edition.")],
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A content.json to compare.")] = None,
) -> None:
    """Is the edition, and the file if one is given, still what was approved? Ends with 1 when not."""
    with _database():
        is_right, words = import_module("tongxing.config.publish").verify(code, number, file)
    out.print(words, soft_wrap=True)
    if not is_right:
        raise typer.Exit(1)


@contextmanager
def _database() -> Iterator[None]:
    """The server answers and Django is set up."""
    with reachable(State.load()):
        _django()
        yield


def _load_demonstration(scale: Scale, children: int | None) -> None:
    demonstration = import_module("tongxing.config.demo")
    with Progress(*Progress.get_default_columns(), _Rate(), console=out, transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        began = time.monotonic()
        totals: dict[str, int] = {}

        def progress(words: str, done: int, total: int) -> None:
            if words not in tasks:
                tasks[words] = bar.add_task(words, total=total)
            totals[words] = done
            bar.update(tasks[words], completed=done, total=total)

        demonstration.load(progress=progress, scale=str(scale), children=children)
    if made := totals.get("children"):
        seconds = time.monotonic() - began
        out.print(f"{made:,} children (demonstration) in {seconds:,.0f} s, {made / seconds:,.0f} a second.")


class _Rate(ProgressColumn):
    """How many of it a second, so far."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def _logins() -> list[str]:
    return [str(line) for line in import_module("tongxing.config.demo").logins()]


@contextmanager
def reachable(state: State) -> Iterator[None]:
    """The server answers inside: the one that runs, or the embedded one started for the time."""
    server = Cluster(state)
    if state.database_url or server.answers():
        yield
        return
    with only_one(state):
        server.start()
        try:
            yield
        finally:
            server.stop()


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")
    import django

    django.setup()


def main() -> None:
    try:
        app(prog_name="tongxing")
    except StateProblem as problem:
        print(f"tongxing: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
