"""`tongxing backup | backup-key | restore | drill | upgrade | export`. Ends with 2 when something was refused and nothing touched."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tongxing.config.state import State

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

To = Annotated[str | None, typer.Option("--to", help="Folder or s3://bucket/folder; default: TONGXING_BACKUP_TO.")]
Key = Annotated[Path | None, typer.Option("--key", help="File with a recovery key; default: this machine's own key.")]


def backup_key(file: Annotated[Path, typer.Argument(help="A file that is not there yet.")]) -> None:
    """Make a recovery key: backups are sealed for it from now on, and only who has FILE opens them elsewhere."""
    from tongxing.config.backups import keys

    out.print(f"Backups are sealed for {keys.make(State.load(), file)} from now on.", soft_wrap=True)
    out.print(
        f"Move {file} off this machine and keep a printed copy: without it no backup can be opened.", soft_wrap=True
    )


def backup(to: To = None) -> None:
    """One sealed backup of everything, and the keep rules at its place."""
    from tongxing.config.backups import nightly, places
    from tongxing.config.cli import reachable

    state, address = State.load(), nightly.target(to)
    places.place(address)
    with reachable(state):
        made = nightly.back_up(state, address, _say)
    out.print(f"{made.name}: {made.rows} rows of {made.tables} tables, {made.size / 1e6:.1f} MB, {made.seconds:.1f} s")
    out.print(f"SHA-256 {made.sha256}", soft_wrap=True)
    if places.is_on_the_same_disk(address, state.folder):
        err.print("This place is on the same disk as the data. Choose another disk or machine.", style="yellow")


def restore(
    file: Annotated[str, typer.Argument(help="A backup: a file, or s3://bucket/folder/name.")],
    key: Key = None,
    verify: Annotated[bool, typer.Option("--verify", help="On trial, into a folder that is thrown away.")] = False,
    into: Annotated[Path | None, typer.Option("--into", help="The new state folder; absent or empty.")] = None,
) -> None:
    """A backup becomes an installation again, with every row compared: on trial, or for good."""
    from tongxing.config.backups import keys, nightly, restoring

    if verify == (into is not None):
        raise typer.BadParameter("give either --verify or --into FOLDER", param_hint="--verify / --into")
    secrets = keys.secrets_of(State.load(), key)
    if into is None:
        done = nightly.verify(file, secrets, _say)
        steps = ", ".join(done["steps"])
        out.print(f"{done['rows']} rows of {done['tables']} tables are equal; {steps}. {done['seconds']} s")
        return
    target = into.expanduser().absolute()
    restoring.refuse_target(target)
    with nightly.fetched(file) as path:
        found = restoring.examined(path, secrets)
        seconds = restoring.restore(found, target, _say)
    out.print(f"{target}: as of {found.about['at']}, {found.count} rows, all equal. {seconds:.1f} s")
    out.print(f"Serve it with TONGXING_STATE={target} tongxing serve; facts are written to files anew by the night.")
    err.print(
        "Who was erased since that moment is erased again by the night only if the list `erased` is in TONGXING_ROOTS "
        "or in the new state folder: copy it there first.",
        style="yellow",
    )


def drill(to: To = None) -> None:
    """Restore the newest backup on trial, as every night, and write down the result."""
    from tongxing.config.backups import nightly

    done = nightly.drill(State.load(), nightly.target(to), _say)
    out.print(f"{done['backup']}: {done['rows']} rows equal, {', '.join(done['steps'])}. {done['seconds']} s")


def upgrade(
    to: To = None,
    look: Annotated[bool, typer.Option("--look", help="Say what would be done, and do nothing.")] = False,
    from_programs: Annotated[
        Path | None,
        typer.Option("--from-programs", help="Folder of an older PostgreSQL's programs: bring its data over."),
    ] = None,
) -> None:
    """Bring the tables up to the program: looks, backs up, migrates, says the way back. Resumes when it was cut off."""
    from tongxing.config import majors, upgrading
    from tongxing.config.probing import database
    from tongxing.config.provision import provision

    state = State.load()
    if from_programs is not None:
        count, kept = majors.move(state, from_programs, _say)
        out.print(f"{count} rows are equal. The old data lie in {kept}; remove them when all is well.", soft_wrap=True)
        return
    with database():
        if look:
            plan = upgrading.looked(state)
            out.print(f"{len(plan.waiting)} migrations wait: {', '.join(plan.waiting) or 'none'}", soft_wrap=True)
            out.print(f"{plan.free / 1e9:.1f} GB are free, {plan.needed / 1e9:.1f} GB should be.")
            return
        provision(state)
        began = time.monotonic()
        plan, back = upgrading.upgrade(state, to, _say)
    out.print(f"{len(plan.waiting)} migrations applied. {time.monotonic() - began:.1f} s")
    if back:
        out.print(f"The way back, with the older program: tongxing restore {back} --into FOLDER", soft_wrap=True)


exports = typer.Typer(no_args_is_help=True, help="What leaves whole.")


@exports.callback()
def export() -> None:
    """The whole installation in open formats."""


@exports.command()
def instance(
    to: Annotated[Path, typer.Option("--to", help="A folder that is there.")],
    in_clear: Annotated[bool, typer.Option("--in-clear", help="Not sealed: whoever has the file reads it.")] = False,
) -> None:
    """Every table as CSV, what its columns mean, and the documents, in one zip; sealed for the recovery keys."""
    from tongxing.config import exporting
    from tongxing.config.cli import reachable

    state = State.load()
    with reachable(state):
        done = exporting.export(state, to, in_clear=in_clear)
    out.print(f"{done.path}: {done.rows} rows of {done.tables} tables, {done.documents} documents", soft_wrap=True)


@exports.command(name="open")
def open_export(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    to: Annotated[Path, typer.Option("--to", help="A folder that is there.")],
    key: Key = None,
) -> None:
    """The zip of a sealed export, in clear."""
    from tongxing.config import exporting
    from tongxing.config.backups import keys

    out.print(str(exporting.opened(file, keys.secrets_of(State.load(), key), to)), soft_wrap=True)


def _say(words: str) -> None:
    err.print(f"{words} …")
