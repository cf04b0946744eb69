"""The worker of background jobs: `python -m tongxing.config.jobs`. Started by the supervisor, beside the web."""

import os

from tongxing.config.lifeline import follow_parent


def main() -> None:
    follow_parent()
    os.nice(15)  # pages first
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")
    import django

    from tongxing.config.settings import STATE
    from tongxing.core.egress import guard

    guard(STATE.egress())
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tongxing.config.provision import refuse_without_walls

    refuse_without_walls(connection)
    connection.close()
    call_command(
        "procrastinate", "worker", "--concurrency=1", "--shutdown-graceful-timeout=10", "--delete-jobs=successful"
    )


if __name__ == "__main__":
    main()
