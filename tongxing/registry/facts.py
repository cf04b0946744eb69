"""The registry records no facts; it keeps the ties between pseudonyms and persons."""

from tongxing.facts.kinds import living

living("select subject from registry_subject")
