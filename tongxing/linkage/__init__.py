"""Who could be whom: names, dates, phones and documents made comparable; keys to find, weights to judge.

Words: details (what is known), features (one comparable row per name), keys, levels, weight. No Django, no server.
Verbs: `normaliser.features`, `keys.keys`, `keys.probes`, `scoring.agreement`, `scoring.weight`.
"""
