"""Names places and who is there: divisions, organisations, sites, centres, memberships, services.

Words: division, site, partnership, centre, membership, service. A centre is where people are received: the walls' unit.
Verbs: load_reference, add_membership (actions.py); find (directory.py).
"""
