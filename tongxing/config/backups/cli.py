"""`tongxing backup | backup-key | restore | drill`. Ends with 2 when something was refused and nothing touched."""

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


def drill(to: To = None) -> None:
    """Restore the newest backup on trial, as every night, and write down the result."""
    from tongxing.config.backups import nightly

    done = nightly.drill(State.load(), nightly.target(to), _say)
    out.print(f"{done['backup']}: {done['rows']} rows equal, {', '.join(done['steps'])}. {done['seconds']} s")


def register(app: typer.Typer) -> None:
    app.command(name="backup-key")(backup_key)
    app.command()(backup)
    app.command()(restore)
    app.command()(drill)


def _say(words: str) -> None:
    err.print(f"{words} …")
