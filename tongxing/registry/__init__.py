"""Knows: persons, households, guardians, consent, movement, and the search that comes before every registration.

Words: person, guardian, household, residence, movement, consent, purpose, grant, subject (a person's pseudonym in facts).
Verbs: `enrol`, `search`, `decide` (consent), `withdraw`, `panel` (a context's part of the person page).
"""
