"""Writes of programmes, one subject per file."""

from tongxing.programme.actions.framework import load_framework
from tongxing.programme.actions.reference import BadReference, load_reference

__all__ = ["BadReference", "load_framework", "load_reference"]
