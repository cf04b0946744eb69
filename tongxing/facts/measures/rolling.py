"""Rolling a series of figures up over time or over places: lawfully, or not at all, with the reason.

What is lawful follows from the kind of number (`LAWFUL`, data). Published figures are never added up: they are rounded
one by one; calculate, roll up, then protect.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext_lazy

from tongxing.facts.disclosure import Protected
from tongxing.facts.measures import Measure, parts
from tongxing.facts.results import Cell

Axis = Literal["time", "place"]
