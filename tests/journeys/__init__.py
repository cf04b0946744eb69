"""Journeys in a real Chromium against the real program, one file per role, told as the programme's pages tell them."""
