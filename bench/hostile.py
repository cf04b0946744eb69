"""sqlmap on every parameter of every page and form: `python3 dev.py bench hostile [--minutes N]`.

Serves a house of its own on loopback, with the cast of the access tests; gathers the parameters from the pages, as each
role that may open them, and hands them to sqlmap in batch mode (level 1, risk 1). A planted
page that can be injected goes first: if sqlmap does not find that one, nothing else counts. Needs sqlmap (Debian: apt-get install sqlmap).
"""

import argparse
import os
import subprocess
import sys

from tests.architecture.house import HOUSE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    asked = parser.parse_args()
    environment = os.environ | {"TONGXING_LONG": "1", "TONGXING_MINUTES": str(asked.minutes)}
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--show-capture=no", "tests/hostile/test_sqlmap.py"]
    return subprocess.call(command, cwd=HOUSE, env=environment)


if __name__ == "__main__":
    sys.exit(main())
