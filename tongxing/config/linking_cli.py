"""`tongxing link` and `tongxing identity …`: who is who, for people with lists and for the installed register."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Models of who is who, and search.")


class EngineName(StrEnum):
    DUCKDB = "duckdb"
    SPARK = "spark"


class PageLanguage(StrEnum):
    ALL = "all"
    ZH = "zh-hans"
    EN = "en"
    MN = "mn"


STEPS = {
    "reading": "Reading lists",
    "comparing": "Making records comparable",
    "linking": "Finding who is who",
    "training": "Training",
    "filing": "Filing records under keys",
    "searching": "Searching",
    "writing": "Writing",
}
Lists = Annotated[
    list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help="Lists: csv, xlsx or parquet.")
]
Map = Annotated[list[str], typer.Option("--map", metavar="COL=FIELD", help="A column that means a field; may repeat.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which ages in the lists were true; today.")
]
ModelFile = Annotated[
    Path | None, typer.Option("--model", exists=True, dir_okay=False, help="Default: the shipped one.")
]


def link(
    files: Lists,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the three files.")],
    model: ModelFile = None,
    engine: Annotated[EngineName, typer.Option(help="Where to link.")] = EngineName.DUCKDB,
    mapped: Map = [],  # noqa: B006  typer copies it
    language: Annotated[PageLanguage, typer.Option("--lang", help="Of the report.")] = PageLanguage.ALL,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Who is who in lists of persons: identities.parquet, pairs.parquet and report.html; needs no server."""
    from tongxing.config import linking  # loads the engines, which other commands do not need

    day = (as_of or datetime.now()).date()
    asked = linking.Asked(files, out, model, engine, mapped, language, day)
    with _bar() as progress:
        found = linking.link(asked, progress)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for line in linking.told(found):
        typer.echo(line)


@app.callback()
def _group() -> None:
    """Models of who is who, and search."""


@app.command()
def train(
    files: Lists,
    out: Annotated[Path, typer.Option("--out", metavar="MODEL", help="The file for the model.")],
    labels: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="csv: left, right, label (same | sibling | different); or from `identity labels`.",
        ),
    ] = None,
    mapped: Map = [],  # noqa: B006
    as_of: AsOf = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """A model trained on lists: how often fields agree for one person and for two; with a card that says on what."""
    if out.exists() and not force:
        raise typer.BadParameter(f"{out} is there already; --force replaces it", param_hint="--out")
    from tongxing.config import identity_models

    day = (as_of or datetime.now()).date()
    with _bar() as progress:
        found = identity_models.train(files, out, labels, mapped, day, progress)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(identity_models.told(found)))


@app.command()
def install(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", exists=True, dir_okay=False, help="A trained model.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="The model that was in force before this one.")] = False,
) -> None:
    """Put a model into the installed register, as a new version; the versions before it stay and can be put back."""
    from tongxing.config import identity_models

    if (model is None) != back:
        raise typer.BadParameter("name a model, or --back for the one before", param_hint="MODEL")
    typer.echo(identity_models.install(model) if model else identity_models.take_back())


@app.command()
def labels(
    out: Annotated[Path, typer.Option("--out", metavar="CSV", help="The file for the answers.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """What people answered in the installed register, without persons: how pairs agree, for `identity train --labels`."""
    if out.exists() and not force:
        raise typer.BadParameter(f"{out} is there already; --force replaces it", param_hint="--out")
    from tongxing.config import identity_models

    typer.echo(identity_models.labels(out))


@app.command()
def probe(
    probes: Annotated[
        Path,
        typer.Argument(
            metavar="PROBES", exists=True, dir_okay=False, help="Persons to look for: csv, xlsx or parquet."
        ),
    ],
    top: Annotated[int, typer.Option(min=1, max=100, help="Candidates at most for each.")] = 5,
    register: Annotated[
        list[Path], typer.Option(exists=True, dir_okay=False, help="Lists to search; default: the installed register.")
    ] = [],  # noqa: B006
    model: ModelFile = None,
    mapped: Map = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Search as a desk does, for each row of a list: candidates with weight and reasons, relatives apart, milliseconds."""
    from tongxing.config import probing

    if model and not register:
        raise typer.BadParameter("the register has its own model; --model goes with --register", param_hint="--model")
    day = (as_of or datetime.now()).date()
    with _bar() as progress:
        found = probing.probe(probing.Asked(probes, top, register, model, mapped, day), progress)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for line in probing.told(found):
        typer.echo(line)


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on the error output; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(step: str, share: float) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(STEPS.get(step, step), total=1.0)
            bar.update(tasks[step], completed=min(share, 1.0))

        yield progress
