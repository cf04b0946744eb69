"""The items of the closing checklist, read once from closing.yaml and checked: no unknown or circular order."""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from tongxing.core.words import Words
from tongxing.programme.rules.closing import Item, in_order

FILE = Path(__file__).parent / "closing.yaml"


@cache
def items() -> tuple[Item, ...]:
    """All items in the order of the file. Raises ValueError that names the entry that is wrong."""
    entries = YAML(typ="safe").load(FILE.read_text("utf-8"))
    return in_order(
        Item(
            code=entry["code"],
            title=Words.read(entry["title"], f"{FILE.name}, {entry['code']}"),
            asks=Words.read(entry["asks"], f"{FILE.name}, {entry['code']}") if "asks" in entry else None,
            after=tuple(entry.get("after", ())),
        )
        for entry in entries
    )
