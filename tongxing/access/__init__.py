"""Guards: users, sessions, the permission matrix, the signed context and the logs of use.

Words: acting (who, where, in which role), context (the signed proof of it that the database checks), reading trace.
Verbs: `acting_as`, `note_read`, `open_session`, `security.note`.
"""
