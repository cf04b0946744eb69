"""Why a person is shown, field by field, in words a worker can check with the family. Message ids, not yet translated."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongxing.linkage.scoring import kin_word


def N_(text: str) -> str:  # noqa: N802  (the name that message extraction knows)
    """Marks a message for the catalogues; the caller translates it when it is shown."""
    return text


@dataclass(frozen=True)
class Agreement:
    """How one field agrees: state is same | near | other | unknown, `reason` a message id ("" when there is no more to say)."""

    field: str
    state: str
    level: str
    reason: str


# comparison -> level -> (state, reason); a level not listed is "other" without a reason
STATES: dict[str, dict[str, tuple[str, str]]] = {
    "name": {
        "unknown": ("unknown", N_("not comparable: another script or no name")),
        "same_written": ("same", N_("same characters")),
        "same_letters": ("near", N_("same letters in pinyin")),
        "same_sound": ("near", N_("same sound")),
        "same_skeleton_father": ("near", N_("same given name and father's name")),
        "same_skeleton_initial": ("near", N_("same given name and initial")),
        "same_skeleton": ("near", N_("same given name")),
        "look_alike": ("near", N_("characters that look alike")),
        "near_sound": ("near", N_("similar sound")),
        "nickname": ("near", N_("perhaps a pet name")),
        "given_alone": ("near", N_("same given name, no surname")),
        "shared_last": ("near", N_("same surname and last character by sound")),
        "shared_first": ("near", N_("same surname and first character by sound")),
        "other_surname": ("near", N_("same given name, another surname")),
        "other_script": ("unknown", N_("not comparable: another script or no name")),
        "other_father": ("other", N_("same given name, another father")),
        "other_syllable": ("other", N_("another given name")),
        "surname_only": ("other", N_("another given name")),
    },
    "birth": {
        "unknown": ("unknown", ""),
        "same_day": ("same", N_("same day")),
        "swapped": ("near", N_("day and month swapped")),
        "lunar_exact": ("near", N_("one is the lunar date of the other")),
        "near_day": ("near", N_("a few days apart")),
        "few_days": ("near", N_("a few days apart")),
        "day_slip": ("near", N_("same month")),
        "month_slip": ("near", N_("same day of another month")),
        "year_slip": ("near", N_("same day of another year")),
        "same_month": ("near", N_("same month")),
        "lunar": ("near", N_("some weeks apart, as between lunar and solar dates")),
        "year_off": ("near", N_("same day, one year apart")),
        "new_year": ("near", N_("same year, one of them 1 January")),
        "same_year": ("near", N_("same year")),
        "about_year": ("near", N_("about the same age")),
        "year_only": ("other", N_("same year, another day")),
        "next_year": ("other", N_("one year apart")),
        "generation": ("other", N_("a generation apart")),
    },
    "origin": {"unknown": ("unknown", ""), "same": ("same", N_("same county"))},
    "guardian": {"unknown": ("unknown", ""), "same": ("same", N_("a guardian of that name"))},
    "phone": {"unknown": ("unknown", ""), "same": ("same", N_("same phone"))},
    "document": {
        "unknown": ("unknown", ""),
        "same": ("same", N_("same number")),
        "other": ("other", N_("another number")),
    },
    "sex": {"unknown": ("unknown", ""), "same": ("same", "")},
}
FAMILY = {
    "sibling": N_("same home, perhaps a brother or sister"),
    "twin": N_("same home and birth date, perhaps a twin"),
    "parent": N_("perhaps parent and child"),
    "namesake": N_("same home and name, perhaps a relative named alike"),
}
_SHADES = ("_rare", "_common")  # of one level by how rare the name is; the worker is told the same


def agreements(levels: Mapping[str, str]) -> list[Agreement]:
    """One line per field in the order in which the desk reads them; `levels` as from `scoring.agreement` or the database."""
    return [Agreement(field, *_state(field, levels[field])) for field in STATES]


def _state(field: str, level: str) -> tuple[str, str, str]:
    plain = next((level.removesuffix(shade) for shade in _SHADES if level.endswith(shade)), level)
    state, reason = STATES[field].get(plain, ("other", ""))
    return state, level, reason


def household(levels: Mapping[str, str]) -> str:
    """The message id that says which relative this may be; "" when the pattern is not that of a family."""
    return FAMILY.get(kin_word(levels), "")
