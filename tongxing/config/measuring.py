"""`tongxing measure run`: a measure over a Parquet file of facts."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="Measures over files of facts.")


@app.callback()
def _group() -> None:
    """Measures over files of facts."""


@app.command()
def run(
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="For example children_registered.")],
    facts: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Parquet with the columns of a fact.")],
    by: Annotated[str, typer.Option(metavar="DIM,…", help="Dimensions, with all their margins.")] = "",
    engine: Annotated[str, typer.Option(help="duckdb, spark or reference; else TONGXING_ENGINE, else duckdb.")] = "",
    protect: Annotated[str, typer.Option(metavar="POLICY", help="Only what may leave under a policy: public, …")] = "",
    identities: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Parquet: subject, identity, valid_from, valid_to.")
    ] = None,
    places: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Parquet: of_centre, site.")] = None,
    period: Annotated[str, typer.Option(metavar="START..END", help="Both days included; else everything.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="As known at the end of that day (UTC).")] = "",
    programme: Annotated[str, typer.Option(metavar="CODE", help="One programme only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Count one measure over a file of facts; needs no server and no database."""
    from tongxing.config import file_counts  # loads the engines, which the supervisor does not need

    asked = file_counts.Asked(measure, facts, by, engine, protect, identities, places, period, as_of, programme)
    answer = file_counts.count(asked)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    out = Console(highlight=False)
    out.print(file_counts.table(answer))
    out.print(f"{answer['facts']:,} facts, {answer['engine']}")
