"""Bands of age. No library: who needs only these need not load an engine."""

# Upper ages of the bands; years of age as the difference of calendar years, because only the birth year is kept.
AGE_BANDS = ((5, "0-5"), (11, "6-11"), (14, "12-14"), (17, "15-17"))
OLDER = "18+"
