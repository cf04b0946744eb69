"""Tongxing 同行: one system from the desk where a child is registered to the figure on the public factsheet."""

__version__ = "0.1.0"

__version__ = "0.1.0"
