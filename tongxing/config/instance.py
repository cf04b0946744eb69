"""What an instance is for: real work, training, or the demonstration. The last two live in folders of their own, and a
file in it says so, so that no kind ever starts on the other's records."""

import os
import shutil
from pathlib import Path

from tongxing.config.state import State, StateProblem

TRAINING, DEMONSTRATION = "training", "demonstration"
MARK = "instance"  # the file in the state folder
HOLDS_RECORDS = ("postgres", "secrets", "facts")


def is_training() -> bool:
    """Was this program started for training?"""
    return os.environ.get("TONGXING_INSTANCE") == TRAINING


def marked(state: State) -> str:
    """What the folder says it is for: `training`, `demonstration`, or nothing."""
    mark = state.folder / MARK
    return mark.read_text(encoding="utf-8").strip() if mark.exists() else ""


def claim(state: State) -> None:
    """Refuses a folder of the other kind, and marks an empty one for training. Raises StateProblem."""
    if fault := mismatch(state):
        raise StateProblem(fault)
    if is_training() and not marked(state):
        (state.folder / MARK).write_text(f"{TRAINING}\n", encoding="utf-8")


def mismatch(state: State) -> str:
    """What is wrong between what was started and what the folder is; empty when they fit."""
    if not is_training():
        of = {TRAINING: "a training instance", DEMONSTRATION: "a demonstration"}
        command = "training" if marked(state) == TRAINING else "demo"
        if marked(state) not in of or (command == "demo" and os.environ.get("TONGXING_DEMO") == "1"):
            return ""
        begin = f"Start it with `tongxing {command}`, or use another folder."
        return f"{state.folder} belongs to {of[marked(state)]}. {begin}"
    if state.database_url:
        return "Training keeps a database of its own. Leave DATABASE_URL unset."
    if marked(state) == TRAINING or not _holds_records(state):
        return ""
    return f"{state.folder} holds records that are not for training. Set TONGXING_STATE to an empty folder."


def claim_for_demonstration(state: State) -> None:
    """Marks an empty folder; refuses one in which somebody works: a demonstration brings accounts whose password is known.

    Raises StateProblem.
    """
    if state.database_url:
        raise StateProblem("The demonstration keeps a database of its own. Leave DATABASE_URL unset.")
    if marked(state) == DEMONSTRATION:
        return
    if marked(state) or (_holds_records(state) and not (state.folder / "demonstration.json").exists()):
        raise StateProblem(
            f"{state.folder} holds records that are not of a demonstration. Set TONGXING_STATE to an empty folder."
        )
    (state.folder / MARK).write_text(f"{DEMONSTRATION}\n", encoding="utf-8")


def _holds_records(state: State) -> bool:
    return any((state.folder / name).exists() for name in HOLDS_RECORDS)


def own_folder() -> None:
    """From here on everything is for training, in the folder given or in one beside the house's own."""
    os.environ["TONGXING_INSTANCE"] = TRAINING
    if not os.environ.get("TONGXING_STATE"):
        os.environ["TONGXING_STATE"] = f"{State.default()}-training"


def empty(state: State) -> None:
    """Removes everything in a folder that is marked for training, and nothing in any other. Raises StateProblem."""
    if marked(state) != TRAINING:
        raise StateProblem(f"{state.folder} is not marked for training: nothing was removed.")
    for path in sorted(state.folder.iterdir()):
        if path.name not in (MARK, "supervisor.lock"):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
