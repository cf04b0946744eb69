"""How much one web process takes on at a time. Few at work keep the slowest pages fast (decision 28)."""

WORKING, WAITING, READING, SPARE = 2, 10, 6, 6  # threads of one process; the spare ones refuse and give signs of life
THREADS = WORKING + WAITING + READING + SPARE
PATIENCE = 8.0  # seconds that a request waits for its turn
LARGEST = 12 * 1024 * 1024  # bytes of a body that are kept; more is read past
PIECE = 16 * 1024
STALLED = 10.0  # seconds without a piece of the body
SLOWEST = 10_000  # bytes a second, over the whole body
RETRY = 5  # seconds after which to come back
