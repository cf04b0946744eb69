"""Tables of the registry, one aggregate per file."""

from tongxing.registry.models.consent import Consent
from tongxing.registry.models.halt import Halt
from tongxing.registry.models.household import Guardianship, Household, Movement, Residence
from tongxing.registry.models.links import Compared, Link, LinkRun, ReviewPair
from tongxing.registry.models.matching import InstalledModel, MatchAsk, MatchLabel, MatchRequest, Weight
from tongxing.registry.models.paper import SignedPaper
from tongxing.registry.models.person import Contact, Document, Grant, Name, Person, Subject
from tongxing.registry.models.search import Alert, SearchKey, SearchNote, SearchRow

__all__ = [
    "Alert",
    "Compared",
    "Consent",
    "Contact",
    "Document",
    "Grant",
    "Guardianship",
    "Halt",
    "Household",
    "InstalledModel",
    "Link",
    "LinkRun",
    "MatchAsk",
    "MatchLabel",
    "MatchRequest",
    "Movement",
    "Name",
    "Person",
    "Residence",
    "ReviewPair",
    "SearchKey",
    "SearchNote",
    "SearchRow",
    "SignedPaper",
    "Subject",
    "Weight",
]
