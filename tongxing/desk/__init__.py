"""Front doors: the public home, the frame of every page, navigation, the language switch. Has no tables.

Words: frame (what surrounds a page), navigation (which pages a role sees). Verbs: home, frame, work_items.
"""
