"""What the tests of the house's shape share: where files are and which contexts there are, in order."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import Model

HOUSE = Path(__file__).resolve().parents[2]
PRODUCT = HOUSE / "tongxing"


def storeys() -> list[set[str]]:
    """The contexts from the top down as import-linter holds them; siblings share a storey."""
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    house = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["id"] == "house")
    return [{name.strip(" ()") for name in layer.split("|")} for layer in house["layers"]]


def storey_of(context: str) -> int:
    """0 is the top."""
    return next(number for number, names in enumerate(storeys()) if context in names)


def tables() -> Iterator[type[Model]]:
    """The models of the house that have a table, those for history included."""
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("tongxing.") and model._meta.managed and not model._meta.proxy:
            yield model


def context_of(model: type[Model]) -> str:
    return model.__module__.split(".")[1]


def sources() -> Iterator[Path]:
    """Python written by hand: no migrations."""
    for folder in ("tongxing", "tests", "bench"):
        for path in sorted((HOUSE / folder).glob("**/*.py")):
            if "migrations" not in path.parts:
                yield path
    yield HOUSE / "dev.py"
