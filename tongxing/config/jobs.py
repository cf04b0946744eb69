"""The worker of background jobs: `python -m tongxing.config.jobs`. Started by the supervisor, beside the web.

Two lines of work in one process: what takes seconds has a line of its own, so that it never stands behind a file of a
million rows; everything else waits in the other, one job after the other, however many are asked for at once.
"""

import asyncio
import os
import signal
from typing import Any

from tongxing.config.lifeline import follow_parent

QUICK = "quick"  # the queue of jobs that take seconds; all others, known here or not, are long work
LINES: tuple[dict[str, Any], ...] = ({"name": "quick", "queues": [QUICK]}, {"name": "long", "queues": None})
GRACE = 10.0


def main() -> None:
    follow_parent()
    os.nice(15)  # pages first
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")
    import django

    from tongxing.config.settings import STATE
    from tongxing.core.egress import guard

    guard(STATE.egress())
    django.setup()
    from django.db import connection

    from tongxing.config.provision import refuse_without_walls

    refuse_without_walls(connection)
    connection.close()
    asyncio.run(work())


async def work() -> None:
    """Both lines until SIGTERM; when one of them breaks the other stops too, and the supervisor starts both again."""
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        async with app.open_async():
            lines = [
                asyncio.create_task(
                    app.run_worker_async(
                        **line,
                        concurrency=1,
                        shutdown_graceful_timeout=GRACE,
                        delete_jobs="successful",
                        install_signal_handlers=False,
                    )
                )
                for line in LINES
            ]
            asked = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, asked.set)
            ends = asyncio.create_task(asked.wait())
            await asyncio.wait([*lines, ends], return_when=asyncio.FIRST_COMPLETED)
            for line in (*lines, ends):
                line.cancel()  # once: a line then waits GRACE for the job it is at
            for ended in await asyncio.gather(*lines, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended


if __name__ == "__main__":
    main()
