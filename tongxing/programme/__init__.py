"""Promises: what a joint programme set out to do, by outcome and indicator, and what its own pages claim.

Words: programme, outcome, indicator, claim. A claim keeps its qualifier and its place, and is never added to a record.
"""
