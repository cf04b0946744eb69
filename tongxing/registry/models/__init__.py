"""Tables of the registry, one aggregate per file."""

from tongxing.registry.models.consent import Consent
from tongxing.registry.models.household import Guardianship, Household, Movement, Residence
from tongxing.registry.models.matching import InstalledModel, MatchAsk, MatchLabel, MatchRequest, Weight
from tongxing.registry.models.person import Contact, Document, Grant, Name, Person, Subject
from tongxing.registry.models.search import Alert, SearchKey, SearchNote, SearchRow

__all__ = [
    "Alert",
    "Consent",
    "Contact",
    "Document",
    "Grant",
    "Guardianship",
    "Household",
    "InstalledModel",
    "MatchAsk",
    "MatchLabel",
    "MatchRequest",
    "Movement",
    "Name",
    "Person",
    "Residence",
    "SearchKey",
    "SearchNote",
    "SearchRow",
    "Subject",
    "Weight",
]
