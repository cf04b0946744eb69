"""No process outlives its parent: the kernel sends a signal when the thread that forked it ends (Linux).

Where the kernel does not (other systems), and where the signal is not enough (a job that waits for a database which
ended with the supervisor), a watching thread ends the process.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(number: signal.Signals, parent: int | None = None) -> None:
    """Ask for signal `number` when the parent ends. `parent` is the expected parent: if it is gone already, end now.

    The kernel watches the *thread* that forked, so children are started from the main thread only; a change of user
    clears the wish, so this runs after it.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(number))
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def on_start(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: ties the child to this process and gives it a clean signal mask."""
    parent = os.getpid()

    def tie() -> None:
        end_with_parent(number, parent)

    return tie


def follow_parent(grace: float = 5.0) -> None:
    """For web and worker: SIGTERM when the parent ends, and the end of this process `grace` seconds later."""
    parent = os.getppid()
    end_with_parent(signal.SIGTERM, parent)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
