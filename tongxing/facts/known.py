"""Which measures there are: those that are shipped as files, and those that officers built and put in use."""

from tongxing.facts.measures import Measure, shipped
from tongxing.facts.models import StoredMeasure


def measure(code: str) -> Measure:
    """The measure `code` as it counts today. Raises KeyError with the known ones."""
    if code in shipped():
        return shipped()[code]
    known = in_use()
    if code not in known:
        raise KeyError(f"no measure {code!r}; known are {sorted([*shipped(), *known])}")
    return known[code]


def measures() -> dict[str, Measure]:
    """All measures that count today by code, the shipped ones first."""
    return shipped() | in_use()


def in_use() -> dict[str, Measure]:
    """What officers built and put in use; read by the counter, who counts with it whoever asks."""
    stored = StoredMeasure.objects.using("counter").in_use().by_code()
    return {row.code: Measure.model_validate(row.definition) for row in stored}
