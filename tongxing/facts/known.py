"""Which measures there are: those that are shipped as files, and those that officers built and put in use."""

from tongxing.facts.measures import Measure, shipped
from tongxing.facts.models import StoredMeasure


def measures() -> dict[str, Measure]:
    """All measures that count today by code, the shipped ones first; no built one has the code of a shipped one."""
    return shipped() | in_use()


def in_use() -> dict[str, Measure]:
    """What officers built and put in use; read by the counter, who counts with it whoever asks."""
    stored = StoredMeasure.objects.using("counter").in_use().by_code()
    return {row.code: Measure.model_validate(row.definition) for row in stored}


def built(code: str) -> Measure | None:
    """The measure of this code that officers built, if it is in use: a source of `facts.measures.measure`."""
    return in_use().get(code)
