"""The levels of agreement between two rows, comparison by comparison; the first level that holds counts.

Each is stated once (predicates.py) and rendered for every engine. Names, birth, home, document and sex are compared each
for itself; `kin` says what the five together look like, because brothers, twins and namesakes agree in a pattern that no
single comparison sees. Telephone, guardian and county are facts of the home: brothers and sisters share all three, so
together they are one comparison. Counted one by one, they would make one child of two.
"""

from typing import NamedTuple

from tongxing.linkage.predicates import (
    Apart,
    Crossed,
    Days,
    Either,
    FirstOfJanuary,
    Known,
    Listed,
    LunarDay,
    Not,
    Predicate,
    Rare,
    Same,
    Shared,
    Within,
    every,
    some,
)


class Level(NamedTuple):
    """A level's name, as the model file, the database and the reasons know it, and when it holds."""

    name: str
    when: Predicate


RARE, USUAL = 19, 15  # bits: one person in half a million, one in thirty thousand has the name
RARE_SKELETON = 10

_COMPARABLE = some(Known("sound"), Known("skeleton"), Same("script"))
_SURNAME_FITS = some(Same("surname_sound"), Not(Known("surname_sound")))
_SAME_FATHER = some(Same("father"), every(Same("initial"), Not(Known("father"))))
_NICKNAME = every(
    _SURNAME_FITS,
    some(*(Crossed("given_core", part) for part in ("given_first", "given_last", "given_core"))),
)
_LOOK_ALIKE = every(
    _SURNAME_FITS,
    some(
        every(Same("shape_first"), some(Same("given_last"), Same("shape_last"))),
        every(Same("shape_last"), Same("given_first")),
    ),
)
# Writings of one steppe name in two scripts meet in a skeleton or they do not: that they differ says little.
_OTHER_SCRIPT = every(Not(Same("script")), Known("skeleton"))
_SAME_SKELETON = every(Same("skeleton"), some(_SAME_FATHER, Not(Known("initial"))))


def _by_rarity(name: str, when: Predicate) -> tuple[Level, ...]:
    """The level three times: a rare name says more than a common one, and a sum of weights has to know it."""
    return (
        Level(f"{name}_rare", every(when, Rare(RARE))),
        Level(name, every(when, Rare(USUAL))),
        Level(f"{name}_common", when),
    )


NAME = (
    Level("unknown", Not(_COMPARABLE)),
    *_by_rarity("same_written", Same("written")),
    *_by_rarity("same_letters", every(Same("sound"), Either("script", "latin"))),
    *_by_rarity("same_sound", Same("sound")),
    Level("same_skeleton_father", every(Same("skeleton"), Same("father"))),
    Level("same_skeleton_initial_rare", every(Same("skeleton"), _SAME_FATHER, Rare(RARE_SKELETON))),
    Level("same_skeleton_initial", every(Same("skeleton"), _SAME_FATHER)),
    *_by_rarity("near_sound", Same("near")),
    Level("same_skeleton_rare", every(_SAME_SKELETON, Rare(RARE_SKELETON))),
    Level("same_skeleton", _SAME_SKELETON),
    Level("given_alone", every(Same("given_sound"), Not(Known("surname_sound")))),
    Level("look_alike", _LOOK_ALIKE),
    Level("nickname", _NICKNAME),
    Level("other_surname", Same("given_sound")),
    Level("other_father", Same("skeleton")),
    Level("other_script", _OTHER_SCRIPT),
    Level("shared_last", every(Same("surname_sound"), Same("given_last"))),
    Level("shared_first", every(Same("surname_sound"), Same("given_first"))),
    Level("other_syllable", every(Same("surname_sound"), Within("given_first", "given_sound"))),
    Level("surname_only", some(Same("surname_sound"), Same("father"))),
)

_YEAR, _MONTH, _DAY = Same("birth_year"), Same("birth_month"), Same("birth_day")
_SWAPPED = every(_YEAR, Crossed("birth_month", "birth_day", both=True))
_NEW_YEAR = every(_YEAR, Known("birth_day"), FirstOfJanuary())
_LUNAR = every(LunarDay(), Days(10, 60))

BIRTH = (
    Level("unknown", Not(Known("birth_year"))),
    Level("same_day", Days(0, 0)),
    Level("lunar_exact", _LUNAR),
    Level("swapped", _SWAPPED),
    Level("near_day", Days(1, 3)),
    Level("few_days", Days(4, 9)),
    Level("year_off", every(_MONTH, _DAY, Apart("birth_year", 1, 1))),
    Level("new_year", _NEW_YEAR),
    Level("day_slip", every(_YEAR, _MONTH, Known("birth_day"))),
    Level("same_month", every(_YEAR, _MONTH)),
    Level("month_slip", every(_YEAR, _DAY)),
    Level("year_slip", every(_MONTH, _DAY, Apart("birth_year", 2, 11))),
    Level("lunar", Days(18, 52)),
    Level("same_year", every(_YEAR, Not(Known("birth_month")))),
    Level("about_year", every(Either("birth_precision", "about"), Apart("birth_year", 0, 1))),
    Level("year_only", _YEAR),
    Level("next_year", Apart("birth_year", 1, 1)),
    Level("generation", Apart("birth_year", 13, 200)),
)

_OTHER_PHONE = every(Known("phones"), Not(Shared("phones")))
_OTHER_GUARDIAN = every(Known("guardians"), Not(Shared("guardians")))
_OTHER_COUNTY = every(Known("origin"), Not(Same("origin")))
_PHONE, _GUARDIAN, _COUNTY = Shared("phones"), Shared("guardians"), Same("origin")

HOUSEHOLD = (
    Level("phone_and_guardian", every(_PHONE, _GUARDIAN)),
    Level("phone_and_county", every(_PHONE, _COUNTY)),
    Level("phone", _PHONE),
    Level("guardian_and_county", every(_GUARDIAN, _COUNTY)),
    Level("guardian", every(_GUARDIAN, Not(_OTHER_COUNTY))),
    Level("kin_document", some(Shared("kin_documents"), Shared("kin_documents", "documents"))),
    Level("crowded_phone", Shared("crowded")),
    Level("guardian_elsewhere", _GUARDIAN),
    Level("county_only", every(_COUNTY, _OTHER_PHONE, _OTHER_GUARDIAN)),
    Level("county", _COUNTY),
    Level("all_other", every(_OTHER_COUNTY, _OTHER_PHONE, _OTHER_GUARDIAN)),
    Level("other_county", _OTHER_COUNTY),
    Level("unknown", Not(some(Known("phones"), Known("guardians")))),
)

DOCUMENT = (
    Level("same", Shared("documents")),
    Level("unknown", Not(Known("resident_id"))),
)

SEX = (Level("unknown", Not(Known("sex"))), Level("same", Same("sex")))

# What the five look like together. Each level corrects the sum where its parts are not independent of each other.
_SAME_NAME = some(Same("written"), Same("sound"), Same("near"), _SAME_SKELETON)
_ALIKE = some(_LOOK_ALIKE, _NICKNAME, every(Same("given_sound"), Not(Known("surname_sound"))))
_SYLLABLE = every(Same("surname_sound"), some(Same("given_last"), Same("given_first")))
_SAME_DAY = some(Days(0, 0), _LUNAR)
_NEAR_DAY = some(
    _SWAPPED, Days(1, 9), Days(18, 52), _NEW_YEAR, every(_YEAR, some(_MONTH, _DAY, Not(Known("birth_month")))),
    every(_MONTH, _DAY, Apart("birth_year", 1, 11)), every(Either("birth_precision", "about"), Apart("birth_year", 0, 1)),
)  # fmt: skip
_BORN = Known("birth_year")
_HOME = some(
    _PHONE, every(_GUARDIAN, Not(_OTHER_COUNTY)), Shared("kin_documents"), Shared("kin_documents", "documents")
)
_ELDER = Listed("self_key", "guardians")

_OTHER_SEX = every(Known("sex"), Not(Same("sex")))
_HEARD = every(Same("script"), Known("written"), Not(Same("written")))  # one sound, other characters
_ONE_FAMILY = some(Same("surname_sound"), Same("father"))

KIN = (
    Level("none", Not(_COMPARABLE)),
    Level("parent", some(every(_ELDER, Not(_SAME_DAY)), every(_HOME, Apart("birth_year", 13, 200)))),
    Level("twin_heard", every(_SAME_NAME, _HEARD, _SAME_DAY, _OTHER_SEX)),
    Level("same", every(_SAME_NAME, _SAME_DAY, _HOME)),
    Level("same_elsewhere", every(_SAME_NAME, _SAME_DAY)),
    Level("near", every(_SAME_NAME, _NEAR_DAY, _HOME)),
    Level("placeholder_elsewhere", every(_SAME_NAME, _NEW_YEAR)),
    Level("near_elsewhere", every(_SAME_NAME, _NEAR_DAY)),
    Level("sibling_heard", every(_SAME_NAME, _HEARD, _BORN, _HOME)),
    Level("namesake_relative", every(_SAME_NAME, _BORN, _HOME)),
    Level("namesake", every(_SAME_NAME, _BORN)),
    Level("alike", every(_ALIKE, _SAME_DAY, _HOME)),
    Level("alike_near", every(_ALIKE, _NEAR_DAY, _HOME)),
    Level("alike_sibling", every(_ALIKE, _BORN, _HOME)),
    Level("other_script", every(_OTHER_SCRIPT, Not(_SAME_NAME))),
    Level("slip_or_twin", every(_SYLLABLE, _SAME_DAY, _HOME)),
    Level("twin", every(_SAME_DAY, _HOME)),
    Level("slip_or_sibling", every(_SYLLABLE, _NEAR_DAY, _HOME)),
    Level("near_sibling", every(_NEAR_DAY, _HOME)),
    Level("sibling", every(_BORN, _HOME)),
    Level("undated", every(_HOME, some(_SAME_NAME, _ALIKE))),
    Level("undated_sibling", _HOME),
    Level("undated_elsewhere", every(_SAME_NAME, Not(_BORN))),
    Level("slip_or_twin_elsewhere", every(_SYLLABLE, _SAME_DAY, _COUNTY)),
    Level("twin_elsewhere", every(_ONE_FAMILY, _SAME_DAY, _COUNTY, Not(_ALIKE))),
    Level("same_day_elsewhere", _SAME_DAY),
    Level("cousin", every(_COUNTY, _ONE_FAMILY, Not(some(_SAME_NAME, _ALIKE)))),
)


def _listed(column: str) -> tuple[Level, ...]:
    """unknown | same | other for a column of hashes."""
    return (Level("unknown", Not(Known(column))), Level("same", Shared(column)))


# The first six are weighed; the last three only shown to the worker.
COMPARISONS: dict[str, tuple[Level, ...]] = {
    "name": NAME,
    "birth": BIRTH,
    "household": HOUSEHOLD,
    "document": DOCUMENT,
    "sex": SEX,
    "kin": KIN,
    "origin": (Level("unknown", Not(Known("origin"))), Level("same", Same("origin"))),
    "guardian": _listed("guardians"),
    "phone": _listed("phones"),
}
WEIGHED = ("name", "birth", "household", "document", "sex", "kin")
OTHERWISE = "other"  # the level of a comparison of which no level holds


def level_names(comparison: str) -> tuple[str, ...]:
    """The levels of a comparison in the order in which they are tried, the remaining case last."""
    return (*(level.name for level in COMPARISONS[comparison]), OTHERWISE)
