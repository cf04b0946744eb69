"""A demonstration population: families with children on the move, generated from a seed. No person in it is real.

Surnames follow published shares, given names are put together from characters, counties are those of GB/T 2260 in the
provinces that people leave most. Telephones begin with 000 and resident numbers with 99, which nobody has.
`Child.truth` tells which registrations are one child; only benches and tests read it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate

from stdnum.cn import ric

from tongxing.config.demo import given_names
from tongxing.core.dates import PartialDate
from tongxing.linkage import pinyin

TODAY = date(2026, 11, 21)  # the day on which the demonstration plays unless another is given
CENTRES, SENDING = 19, 4  # centres 0-3 are sending, 4-18 receiving
AGAIN = 0.18  # share of children who are registered a second time elsewhere
REASONS = ("work_of_parents", "family_reunion", "school", "return_home", "other")
# Rounded weights of the provinces that people left in the 2020 census; Hebei raised for the sending pilot there.
PROVINCES = {"13": 14, "41": 16, "34": 12, "51": 11, "52": 8, "45": 8, "43": 8, "36": 6, "42": 6, "50": 4, "61": 3,
             "37": 4, "62": 3, "23": 3, "15": 3, "53": 3, "65": 1, "54": 0.5, "63": 0.5}  # fmt: skip


@dataclass(frozen=True)
class Guardian:
    """relation: father | mother | grandfather | grandmother | aunt_or_uncle."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True)
class Move:
    """A change of residence; codes of GB/T 2260, dates only as precise as families remember (`month`)."""

    from_division: str
    to_centre: int
    on: date
    reason: str


@dataclass(frozen=True)
class Registration:
    """What a family said at one desk on one day: the first time nearly right, again with the faults of memory and ear."""

    on: date
    centre: int
    name: str
    other_names: tuple[tuple[str, str], ...]  # (text, kind)
    sex: str
    birth: PartialDate | None
    origin: str
    guardian: Guardian | None
    phones: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Child:
    """`truth` is the same for all registrations of one child and for no other child."""

    truth: int
    sex: str
    birth: date
    languages: tuple[str, ...]
    registrations: tuple[Registration, ...]


@dataclass(frozen=True)
class Family:
    number: int
    origin: str
    guardians: tuple[Guardian, ...]
    moves: tuple[Move, ...]
    children: tuple[Child, ...] = field(default=())


@cache
def counties() -> dict[str, tuple[str, ...]]:
    """Codes of today's counties by province (two digits), from the table that python-stdnum carries."""
    found: dict[str, list[str]] = {}
    province = ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        code, _, rest = line.strip().partition(" ")
        if line[:1].isdigit():
            province = code
        elif "-]" in rest and code[2:] not in ("00", "01"):
            found.setdefault(province, []).append(province + code)
    return {key: tuple(codes) for key, codes in found.items()}


def families(
    n_children: int, seed: int, *, today: date = TODAY, centres: int = CENTRES, sending: int = SENDING
) -> Iterator[Family]:
    """Families until `n_children` different children are born; registrations are about 1.18 times as many.

    The same seed and day give the same families; nothing lies after `today`.
    Centres are numbers 0 to centres - 1, the first `sending` of them sending.
    """
    maker = _Maker(random.Random(seed), today, centres, sending)
    number = 0
    while maker.born < n_children:
        yield maker.family(number, n_children)
        number += 1


def _weighted(weights: dict[str, float]) -> tuple[list[str], list[float]]:
    return list(weights), list(accumulate(weights.values()))


class _Maker:
    """Draws one family after the other; holds the dice and the counters."""

    def __init__(self, dice: random.Random, today: date, centres: int, sending: int) -> None:
        self.dice, self.today, self.centres, self.sending = dice, today, centres, sending
        self.born = 0
        self.phones = 0
        rest = (100 - sum(pinyin.surname_shares().values())) / 310
        singles = sorted(pinyin.single_surnames() - set(pinyin.surname_shares()))
        compounds = dict.fromkeys(sorted(pinyin.compound_surnames()), 0.01)
        self.surnames = _weighted(pinyin.surname_shares() | dict.fromkeys(singles, rest) | compounds)
        self.provinces = _weighted(PROVINCES)

    def draw(self, table: tuple[list[str], list[float]]) -> str:
        return self.dice.choices(table[0], cum_weights=table[1])[0]

    def phone(self) -> str:
        """000 and eight digits; no two families share one by chance. Dormitories share on purpose."""
        if self.phones > 1000 and self.dice.random() < 0.02:
            return f"000{self.dice.randrange(1, 1 + self.phones // 50):08d}"
        self.phones += 1
        return f"000{self.phones:08d}"

    def family(self, number: int, n_children: int) -> Family:
        province = self.draw(self.provinces)
        origin = self.dice.choice(counties()[province])
        people = given_names.people_of(province, self.dice.random())
        father = people.surname(self.dice, lambda: self.draw(self.surnames))
        mother = people.surname(self.dice, lambda: self.draw(self.surnames))
        guardians = self.guardians(people, father, mother)
        moves = self.moves(origin)
        count = min(self.dice.choices((1, 2, 3, 4), cum_weights=(66, 92, 98, 100))[0], n_children - self.born)
        births = self.births(count)
        taken: set[str] = set()
        children = tuple(
            self.child(people, self.surname_of_child(people, father, mother), guardians, origin, moves, birth, taken)
            for birth in births
        )
        return Family(number, origin, guardians, moves, children)

    def guardians(self, people: given_names.People, father: str, mother: str) -> tuple[Guardian, ...]:
        """Both parents, one parent, or for a child left behind a grandparent."""
        dice = self.dice
        parents = [
            Guardian(people.full(father, people.given(dice, "male", {father})), "father", self.phone()),
            Guardian(people.full(mother, people.given(dice, "female", {mother})), "mother", self.phone()),
        ]
        kind = dice.random()
        if kind < 0.12:
            relation = dice.choice(("grandfather", "grandmother", "aunt_or_uncle"))
            surname = mother if relation == "grandmother" else father
            sex = "male" if relation == "grandfather" else "female"
            return (Guardian(people.full(surname, people.given(dice, sex, set())), relation, self.phone()),)
        return tuple(parents) if kind < 0.70 else (dice.choice(parents),)

    def moves(self, origin: str) -> tuple[Move, ...]:
        """First at home or in a receiving city, then perhaps on to another."""
        dice = self.dice
        at = dice.randrange(self.sending) if dice.random() < 0.35 else dice.randrange(self.sending, self.centres)
        on = self.today - timedelta(days=dice.randrange(450, 1050))
        first = Move(origin, at, on, dice.choices(REASONS, cum_weights=(60, 75, 88, 95, 100))[0])
        next_centre = dice.randrange(self.sending, self.centres)
        later = on + timedelta(days=dice.randrange(60, 400))
        if next_centre == at:
            next_centre = self.sending + (next_centre - self.sending + 1) % max(1, self.centres - self.sending)
        return (first, Move(origin, next_centre, later, "work_of_parents"))

    def births(self, count: int) -> list[date]:
        dice = self.dice
        youngest = self.today - timedelta(days=dice.randrange(200, 365 * 16))
        found = [youngest]
        oldest = self.today - timedelta(days=365 * 17)  # a child on the day of registration
        while len(found) < count:
            is_twin = dice.random() < 0.03
            older = found[-1] - timedelta(days=dice.randrange(330, 1900))
            if older < oldest:
                break
            found.append(found[-1] if is_twin else older)
        return found

    def surname_of_child(self, people: given_names.People, father: str, mother: str) -> str:
        """The father's, for three in a hundred the mother's; a patronymic is always the father's."""
        return mother if people.kind == "han" and self.dice.random() < 0.03 else father

    def child(
        self, people: given_names.People, surname: str, guardians: tuple[Guardian, ...], origin: str,
        moves: tuple[Move, ...], birth: date, taken: set[str],
    ) -> Child:  # fmt: skip
        dice = self.dice
        sex = "male" if dice.random() < 0.525 else "female"
        given = people.given(dice, sex, taken)
        taken.add(given)
        truth, self.born = self.born, self.born + 1
        name = people.full(surname, given)
        document = (self.resident_number(origin, birth, sex, truth),) if dice.random() < 0.45 else ()
        guardian = dice.choice(guardians)
        first = Registration(
            on=max(moves[0].on, birth + timedelta(days=60)) + timedelta(days=dice.randrange(90)),
            centre=moves[0].to_centre,
            name=name,
            other_names=people.other_names(dice, name, given),
            sex=sex,
            birth=self.known_birth(birth),
            origin=origin,
            guardian=guardian,
            phones=(guardian.phone,) if dice.random() > 0.08 else (),
            documents=document,
        )
        found = [first]
        if dice.random() < AGAIN:
            found.append(self.again(first, people, surname, given, birth, guardians, document, moves[1]))
        return Child(truth, sex, birth, people.languages, tuple(found))

    def known_birth(self, birth: date) -> PartialDate:
        kind = self.dice.random()
        if kind < 0.88:
            return PartialDate(birth.year, birth.month, birth.day)
        if kind < 0.94:
            return PartialDate(birth.year, birth.month, None, "month")
        return PartialDate(birth.year, None, None, "year" if kind < 0.97 else "about")

    def resident_number(self, origin: str, birth: date, sex: str, truth: int) -> str:
        """Valid check digit, division 99xxxx, which no county has. Different for different children."""
        sequence = truth // 10000 % 500 * 2 + (sex == "male")
        body = f"99{truth % 10000:04d}{birth:%Y%m%d}{sequence:03d}"
        return body + ric.calc_check_digit(body + "0")

    def again(
        self, first: Registration, people: given_names.People, surname: str, given: str, birth: date,
        guardians: tuple[Guardian, ...], document: tuple[str, ...], move: Move,
    ) -> Registration:  # fmt: skip
        """The same child at another desk: each field with its own chance of another form, a slip, or nothing."""
        dice = self.dice
        guardian = dice.choice(guardians)
        is_missing = dice.random() < 0.12
        phone = guardian.phone if dice.random() > 0.35 else self.phone()
        return Registration(
            on=max(move.on, first.on + timedelta(days=30)),
            centre=move.to_centre,
            name=given_names.misheard(dice, people, surname, given),
            other_names=(),
            sex=first.sex if dice.random() > 0.01 else ("male" if first.sex == "female" else "female"),
            birth=self.remembered(birth),
            origin=first.origin if dice.random() > 0.1 else dice.choice(counties()[first.origin[:2]]),
            guardian=None if is_missing else guardian,
            phones=(phone,) if dice.random() > 0.12 else (),
            documents=self.document_again(document),
        )

    def document_again(self, document: tuple[str, ...]) -> tuple[str, ...]:
        """Often not at hand; now and then one digit wrong."""
        if not document or self.dice.random() < 0.3:
            return ()
        if self.dice.random() > 0.03:
            return document
        place = self.dice.randrange(6, 17)
        number = document[0]
        return (number[:place] + str((int(number[place]) + self.dice.randrange(1, 10)) % 10) + number[place + 1 :],)

    def remembered(self, birth: date) -> PartialDate | None:
        """The errors measured in such registers: swapped, slip of a day, lunar, nominal age, 1 January, imprecise."""
        kind = self.dice.random()
        for limit, changed in _ERRORS:
            if kind < limit:
                return changed(self.dice, birth)
        return self.known_birth(birth)


def _exact(day: date) -> PartialDate:
    return PartialDate(day.year, day.month, day.day)


def _swapped(dice: random.Random, birth: date) -> PartialDate:
    return PartialDate(birth.year, birth.day, birth.month) if birth.day <= 12 else _exact(birth)


def _slip(dice: random.Random, birth: date) -> PartialDate:
    return _exact(birth + timedelta(days=dice.choice((-9, -3, -2, -1, 1, 2, 3, 7, 9))))


def _lunar(dice: random.Random, birth: date) -> PartialDate:
    """The lunar date taken for a solar one: three to seven weeks earlier."""
    return _exact(birth - timedelta(days=dice.randrange(20, 51)))


def _nominal(dice: random.Random, birth: date) -> PartialDate:
    return PartialDate(birth.year + dice.choice((-1, 1)), None, None, "about")


_ERRORS = (
    (0.04, _swapped),
    (0.08, _slip),
    (0.13, _lunar),
    (0.17, _nominal),
    (0.20, lambda dice, birth: PartialDate(birth.year, 1, 1)),
    (0.23, lambda dice, birth: None),
)
