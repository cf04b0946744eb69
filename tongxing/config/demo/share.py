"""One process of loading: `python -m tongxing.config.demo.share NUMBER OF` takes every OF-th centre, says how far it is."""

import os
import sys


def main(number: int, of: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")
    import django

    django.setup()
    from tongxing.config.demo.loader import registrations
    from tongxing.config.demo.run import Run

    def say(_what: str, done: int, _total: int) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()

    registrations(Run.kept(), say, (number, of))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
