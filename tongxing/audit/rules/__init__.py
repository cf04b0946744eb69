"""Pure questions about the trace. No Django, no database, no clock.

`merkle` the root over the rows of a batch · `differences` what happened to a batch that no longer fits its seal ·
`misuse` which events together are unusual.
"""
