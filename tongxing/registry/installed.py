"""The matching model in force: installed by the owner, versioned, and every installation can be taken back.

Weights are rows that the search function reads; the tables of name frequencies go into the rows that are searched
(`Features.rarity`). So a model with other tables makes stored rows stale, and registry/rekeying.py renews them.
"""

import hashlib
import json
import time
from functools import lru_cache
from importlib.resources import files

from django.db import connection, connections, transaction

from tongxing.linkage import normaliser, scoring
from tongxing.linkage.rarity import Tables, published
from tongxing.registry.models import InstalledModel, Weight

OWNER = "owner"
FRESH_SECONDS = 60  # so long may a process go on with the frequencies of the model before


class Unfit(ValueError):
    """The model cannot be installed: other levels than this program's, another normaliser, or not a model at all."""


def install(text: str, *, is_shipped: bool = False, restores: InstalledModel | None = None) -> InstalledModel:
    """Put a model file in force: its weights, thresholds and frequencies, in one transaction. Runs as the owner.

    Raises Unfit, saying every fault; then nothing has changed. The model that is in force already stays as it is.
    """
    model = checked(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic(using=OWNER):
        with connections[OWNER].cursor() as cursor:
            cursor.execute("lock table registry_weight in exclusive mode")  # two installations wait for each other
        current = in_force()
        if current is not None and current.content_hash == digest:
            return current
        made = InstalledModel.objects.using(OWNER).create(
            version=model.version,
            normaliser=normaliser.VERSION,
            content=text,
            content_hash=digest,
            is_shipped=is_shipped,
            restores=restores,
        )
        _lay(model)
    return made


def restore() -> InstalledModel:
    """Install the model that was in force before this one, as a new installation. Raises Unfit when there is none."""
    current = in_force()
    if current is None:
        raise Unfit("no model is installed")
    first = current
    while first.restores is not None:  # what was restored stands where it stood first
        first = first.restores
    older = InstalledModel.objects.using(OWNER).filter(at__lt=first.at).exclude(content_hash=first.content_hash)
    before = older.order_by("-at").first()
    if before is None:
        raise Unfit("there is no model before this one")
    return install(before.content, is_shipped=before.is_shipped, restores=before)


def install_shipped() -> InstalledModel:
    """After each migrate: the model of this program, unless the owner has installed one that still fits."""
    current = in_force()
    if current is not None and not current.is_shipped:
        try:
            checked(current.content)
            return current
        except Unfit:
            pass  # an older program's levels: without the new ones, weights would be missing
    return install(files("tongxing.linkage").joinpath("model.json").read_text(encoding="utf-8"), is_shipped=True)


def in_force() -> InstalledModel | None:
    """The last installation. Read as the owner."""
    return InstalledModel.objects.using(OWNER).order_by("-at", "-id").first()


def checked(text: str) -> scoring.Model:
    """The model of a file. Raises Unfit."""
    try:
        model = scoring.read_model(text)
        made_for = json.loads(text).get("card", {}).get("normaliser", normaliser.VERSION)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unfit(f"not a matching model of this program: {error}") from error
    if made_for != normaliser.VERSION:
        raise Unfit(f"made for normaliser {made_for}; this program compares by normaliser {normaliser.VERSION}")
    return model


def _lay(model: scoring.Model) -> None:
    limits = {"possible": model.possible, "review": model.review, "likely": model.likely}
    rows = [*model.rows(), *(("threshold", name, value) for name, value in limits.items())]
    rows.append(("model", "version", model.version))
    Weight.objects.using(OWNER).all().delete()
    Weight.objects.using(OWNER).bulk_create([Weight(comparison=c, level=level, weight=w) for c, level, w in rows])


def version() -> int:
    """Of the model whose weights the search uses now; 0 when none is installed. Any role may ask."""
    found = Weight.objects.filter(comparison="model", level="version").values_list("weight", flat=True).first()
    return int(found or 0)


def frequencies() -> Tables:
    """How frequent names are, by the model in force; those published while it has no tables of its own."""
    return _frequencies(int(time.monotonic() // FRESH_SECONDS))


@lru_cache(maxsize=1)
def _frequencies(minute: int) -> Tables:
    with connection.cursor() as cursor:
        cursor.execute("select access.name_frequencies()")
        told = cursor.fetchone()[0]
    found = json.loads(told) if isinstance(told, str) else told or {}
    return Tables(*(found.get(field, {}) for field in Tables._fields)) if found else published()
