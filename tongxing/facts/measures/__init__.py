"""Measures are data: what is counted, what makes it one, where and when, and what may never be added up."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.measures.laws import unlawful
from tongxing.facts.rules import LAWFUL, Additivity, OverPlace, OverTime

FOLDER = Path(__file__).parent
FIXED_DIMENSIONS = (
    "centre",
    "site",
    "division",
    "organisation",
    "programme",
    "sex",
    "age_band",
    "origin_division",
    "month",
    "quarter",
    "year",
)


class BadMeasure(ValueError):
    """A measure that cannot be true; the message names file, line, field and reason."""


def _complete(text: dict[str, str]) -> dict[str, str]:
    if missing := [language for language in LANGUAGES if not text.get(language, "").strip()]:
        raise ValueError(f"no text in {', '.join(missing)}")
    return Text(text)


Said = Annotated[dict[str, str], AfterValidator(_complete)]


class Measure(BaseModel):
    """One number's definition. Source of the file, of its worked examples and of its public explanation.

    value      count (facts) | distinct (persons) | sum (of quantity) | ratio (of two measures) | reference (a register)
    basis      during (facts dated within the period) | up_to (all facts dated up to its last day)
    topic      what the units are: persons are protected, things, money and centres are exact
    additivity what kind of number it is; decides which roll-ups over time and place are lawful
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    version: int
    value: Literal["count", "distinct", "sum", "ratio", "reference"]
    kinds: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    numerator: str = ""
    denominator: str = ""
    reference: str = ""
    basis: Literal["during", "up_to"] = "during"
    topic: Literal["persons", "sensitive", "things", "money", "centres"]
    additivity: Additivity
    over_time: OverTime
    over_place: OverPlace
    dimensions: tuple[str, ...] = ()
    title: Said
    unit: Said
    counted: Said
    one: Said
    where_when: Said

    @model_validator(mode="after")
    def _lawful(self) -> "Measure":
        for problem in (*_shape(self), *_roll_ups(self)):
            raise ValueError(problem)
        return self


def _shape(measure: Measure) -> list[str]:
    """What a measure of this value needs and must not have."""
    is_ratio, is_reference = measure.value == "ratio", measure.value == "reference"
    problems = []
    if (bool(measure.numerator), bool(measure.denominator)) != (is_ratio, is_ratio):
        problems.append("a ratio names numerator and denominator; nothing else does")
    if is_reference != bool(measure.reference):
        problems.append("a reference names its register; nothing else does")
    if not (is_ratio or is_reference) and not measure.kinds:
        problems.append("name at least one fact kind to count")
    if (is_ratio or is_reference) and (measure.kinds or measure.where):
        problems.append("kinds and filters belong to the measures that count facts")
    return problems


def _roll_ups(measure: Measure) -> list[str]:
    """Why a roll-up would count something twice or mean nothing; empty when lawful."""
    found = unlawful(measure.value, measure.basis, measure.additivity, measure.over_time, measure.over_place)
    lawful = {f"over_{axis}": f" ({', '.join(known)})" for axis, known in LAWFUL[measure.additivity].items()}
    return [f"{field}: {reason}{lawful.get(field, '')}" for field, reason in found.items()]


@cache
def shipped() -> dict[str, Measure]:
    """All measures of this folder by code. Raises BadMeasure."""
    measures = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for measure in read(path.read_text("utf-8"), path.name):
            measures[measure.code] = measure
    for measure in measures.values():
        for part in filter(None, (measure.numerator, measure.denominator)):
            if part not in measures:
                raise BadMeasure(f"{measure.code}: there is no measure {part!r}")
    return measures


def read(text: str, name: str = "measure") -> list[Measure]:
    """The measures of one YAML text. Raises BadMeasure naming `name`, the line and what is wrong there."""
    found = []
    for document in YAML(typ="rt").load_all(text):
        if not isinstance(document, CommentedMap):
            raise BadMeasure(f"{name}: a measure is a list of `field: value` lines")
        try:
            found.append(Measure.model_validate(_plain(document)))
        except ValidationError as error:
            raise BadMeasure("; ".join(_located(document, name, problem) for problem in error.errors())) from error
    return found


SOURCES: list[Callable[[str], Measure | None]] = [lambda code: shipped().get(code)]  # asked in this order


def measure(code: str) -> Measure:
    """The measure `code`, shipped or from another source. Raises KeyError with the shipped ones."""
    for source in SOURCES:
        if found := source(code):
            return found
    raise KeyError(f"no measure {code!r}; known are {sorted(shipped())}")


def parts(one: Measure) -> list[Measure]:
    """The measures that count: numerator and denominator of a ratio, else `one` itself."""
    return [measure(one.numerator), measure(one.denominator)] if one.value == "ratio" else [one]


def _located(document: CommentedMap, name: str, problem: Any) -> str:
    field = str(problem["loc"][0]) if problem["loc"] else ""
    line = document.lc.line + 1
    if field in document:
        line = document.lc.key(field)[0] + 1
    where = f"{name}:{line}" + (f" {'.'.join(map(str, problem['loc']))}" if field else "")
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _plain(node: object) -> object:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node
