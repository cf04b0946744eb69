"""`tongxing identity train | install`: a model from lists, and a model into the installed register."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import typer

from tongxing.config import linking
from tongxing.config.probing import database

Progress = Callable[[str, float], None]


def install(path: Path) -> str:
    """Puts the model of a file in force. Returns a sentence; raises typer.BadParameter for what is no model."""
    text = linking.model_text(path)
    with database():
        try:
            return str(import_module("tongxing.config.register_probing").install(text))
        except ValueError as problem:
            raise typer.BadParameter(str(problem), param_hint="MODEL") from problem
