"""How much one web process takes on at a time. Few at work keep the slowest pages fast (decision 28)."""

WORKING, WAITING = 2, 40  # pages that are made at a time, and requests that wait for their turn
STATIC = 1  # styles and pictures at a time, beside them
PATIENCE = 8.0  # seconds that a request waits for its turn
READING, READING_LARGE = 200, 6  # bodies that arrive at a time, and how many of them may be more than SMALL
SMALL, LARGEST = 256 * 1024, 12 * 1024 * 1024  # bytes of a body; what is more than LARGEST is read past
STALLED = 10.0  # seconds without a piece of the body
SLOWEST = 10_000  # bytes a second, over the whole body
RETRY = 5  # seconds after which to come back
