"""`tongxing facts …`: what may be recorded, whether facts are what the records say, and their Parquet copy."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tongxing.config.state import State

facts = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What was recorded, as facts without names.")
out = Console(highlight=False)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@facts.command()
def kinds(as_json: Json = False) -> None:
    """What may be recorded: every kind with its codes, its source and its title in three languages."""
    _django()
    from tongxing.facts.kinds import KINDS

    told: list[dict[str, Any]] = [
        {
            "kind": one.code,
            "title": dict(one.title),
            "source": one.source,
            "attributes": {name: list(codes) for name, codes in one.attributes.items()},
            "optional": sorted(one.optional),
            "derived": bool(one.derived),
        }
        for _code, one in sorted(KINDS.items())
    ]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in told:
        out.print(f"[bold]{one['kind']}[/]  from {one['source']}")
        out.print(f"  {' / '.join(one['title'].values())}")
        for name, codes in one["attributes"].items():
            out.print(f"  {name}{' (optional)' if name in one['optional'] else ''}: {', '.join(codes)}", soft_wrap=True)


@facts.command()
def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Compare only; facts are never rewritten.")] = False,
    as_json: Json = False,
) -> None:
    """Derive all facts again from the records and compare. Ends with 1 when anything differs."""
    if not check:
        raise typer.BadParameter("facts are append-only and never rewritten; say --check")
    from tongxing.config.cli import reachable

    with reachable(State.load()):
        _django()
        from tongxing.facts import derivation

        found = derivation.check()
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        _tell(found)
    if not found.is_clean:
        raise typer.Exit(1)


@facts.command()
def export(
    full: Annotated[bool, typer.Option("--full", help="Write every file anew.")] = False,
    compact: Annotated[bool, typer.Option("--compact", help="Then merge the files of each month.")] = False,
) -> None:
    """Write finished facts to Parquet, as the worker does every night. A damaged file is named and written again."""
    from tongxing.config.cli import reachable

    with reachable(State.load()):
        _django()
        from tongxing.facts import compaction
        from tongxing.facts import export as exporting

        manifest = exporting.export(anew=full)
        if compact:
            manifest = compaction.compact()
    out.print(f"{sum(file.rows for file in manifest.files):,} rows in {len(manifest.files)} files.")


def _tell(found: Any) -> None:
    table = Table("kind", "difference", "facts")
    for kind, numbers in found.differences.items():
        for what, number in numbers.items():
            table.add_row(kind, what, str(number))
    if found.is_clean:
        out.print(f"No difference in {len(found.compared)} kinds.")
    else:
        out.print(table)
    lost = sum(found.erased.values())
    out.print(f"Erased subjects: {found.erased_subjects}, with {lost} facts; they are not compared.")
    for kind, numbers in found.voids.items():
        told = ", ".join(f"{number} {reason}" for reason, number in numbers.items())
        out.print(f"Taken back: {kind}: {told}")
    for kind, why in found.not_derived.items():
        out.print(f"Not derived: {kind}: {why}", soft_wrap=True)


def _django() -> None:
    from tongxing.config.cli import _django as set_up

    set_up()
