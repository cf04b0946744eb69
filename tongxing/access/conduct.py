"""The code of conduct as data: editions in three languages. The newest is asked of everybody who has not signed it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from tongxing.access.acting import Acting
from tongxing.access.models import ConductSignature
from tongxing.core.i18n import Text


@dataclass(frozen=True)
class Conduct:
    """One edition: its number and its rules, each in zh, en and mn."""

    edition: str
    rules: tuple[Text, ...]


@cache
def editions() -> tuple[Conduct, ...]:
    """All editions, the newest last."""
    said = YAML(typ="safe").load((Path(__file__).parent / "conduct.yaml").read_text(encoding="utf-8"))
    return tuple(Conduct(one["edition"], tuple(Text(rule) for rule in one["rules"])) for one in said)


def current() -> Conduct:
    return editions()[-1]


def sign(*, language: str, by: Acting) -> None:
    """Sign the current edition for oneself. Signing twice changes nothing."""
    by.demand("own", "add")
    signed = ConductSignature.objects.filter(user_id=by.user_id, edition=current().edition)
    if not signed.exists():
        ConductSignature.objects.create(user_id=by.user_id, edition=current().edition, language=language)
