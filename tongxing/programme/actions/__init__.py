"""Writes of programmes, one subject per file."""

from tongxing.programme.actions.closing import TooEarly, take_back, tick
from tongxing.programme.actions.documents import Overtaken, upload, withdraw_document
from tongxing.programme.actions.framework import load_framework
from tongxing.programme.actions.lessons import answer_lesson, record_lesson
from tongxing.programme.actions.reference import BadReference, load_reference

__all__ = [
    "BadReference",
    "Overtaken",
    "TooEarly",
    "answer_lesson",
    "load_framework",
    "load_reference",
    "record_lesson",
    "take_back",
    "tick",
    "upload",
    "withdraw_document",
]
