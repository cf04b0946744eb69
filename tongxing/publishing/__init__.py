"""Shows: frozen editions of a factsheet, made of protected numbers, approved by a coordinator, open to everyone.

Words: edition, factsheet, figure. An edition never changes; the next one replaces it.
"""
