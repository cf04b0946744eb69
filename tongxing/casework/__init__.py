"""Does: assessments of need, and services delivered.

Verbs: `assess`, `deliver`.
"""
