"""Tables of facts, one matter per file."""

from tongxing.facts.models.extracts import Extract
from tongxing.facts.models.fact import Fact, FactKind
from tongxing.facts.models.figures import CellMembers, CellOpening, KeptFigure
from tongxing.facts.models.identities import ErasedCount, LinkageRun, SubjectIdentity, UncertainTie
from tongxing.facts.models.measures import StoredMeasure
from tongxing.facts.models.statistics import ReferenceStatistic

__all__ = [
    "CellMembers",
    "CellOpening",
    "ErasedCount",
    "Extract",
    "Fact",
    "FactKind",
    "KeptFigure",
    "LinkageRun",
    "ReferenceStatistic",
    "StoredMeasure",
    "SubjectIdentity",
    "UncertainTie",
]
