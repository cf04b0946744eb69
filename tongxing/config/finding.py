"""One thing that `tongxing doctor` looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`state` is ok, warning or fault; `remedy` says what to do, empty when there is nothing to do."""

    check: str
    state: str
    words: str
    remedy: str = ""
