"""What a referral carries across the wall: a typed, frozen copy. Pure."""

from dataclasses import asdict, dataclass

from tongxing.core.dates import PartialDate
from tongxing.procedures.rules.referral import shared_fields


@dataclass(frozen=True)
class Snapshot:
    """The lines that the receiver sees, as they were at that moment. Empty text: not shared or not known."""

    name: str = ""
    birth_month: str = ""  # 2017-03, or 2017
    language: str = ""  # code
    need: str = ""  # code
    contact: str = ""  # slug of the sending centre, through which the family is reached; never their own number

    def rows(self) -> list[list[str]]:
        """[field code, value] in the one order that choice, confirmation, snapshot and receipt all use."""
        return [[code, value] for code, value in asdict(self).items() if value]


def snapshot(*, name: str, birth: PartialDate | None, language: str, need: str, contact: str) -> Snapshot:
    """The copy that a referral for `need` may carry: what procedures/rules says is shared, and nothing else."""
    month = birth.iso(upto="month") if birth else ""
    known = {"name": name, "birth_month": month, "language": language, "need": need, "contact": contact}
    shown = shared_fields(need).shown
    return Snapshot(**{code: value for code, value in known.items() if code in shown})
