"""Characters that look alike: a class is what is left of a character without its radical (瑶 遥 摇; 晴 睛 清).

Whoever copies from handwriting or hits the neighbour on a screen mostly stays in the class. Classes are in shapes.json.
"""

import json
from functools import cache
from importlib.resources import files


@cache
def _classes() -> dict[str, str]:
    text = files("tongxing.linkage").joinpath("shapes.json").read_text(encoding="utf-8")
    groups = (group for line in json.loads(text)["classes"] for group in line.split())
    return {character: group[0] for group in groups for character in group}


def shape(character: str) -> str:
    """The class of a simplified character, named by its first member; the character itself when it looks like no other."""
    return _classes().get(character, character)
