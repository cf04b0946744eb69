"""The repository works on a machine that is not ours: no absolute paths of one, no registry's address."""

import re
import subprocess

from tests.architecture.house import HOUSE

FOREIGN = re.compile(
    r"/(?:work|root|home)/[a-z.]|https?://[^\s\"']*(?:registry|pypi|mirror|artifactory|nexus)[^\s\"']*/"
)
TEXT = {".py", ".toml", ".json", ".lock", ".md", ".yaml", ".yml", ".html", ".scss", ".sql", ".cfg", ".npmrc", ".po", ""}


def test_nothing_names_this_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=HOUSE, capture_output=True, text=True
    )
    found = []
    for name in listed.stdout.splitlines():
        path = HOUSE / name
        if path.suffix not in TEXT or not path.is_file() or path == HOUSE / "tests/architecture/test_portability.py":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if match := FOREIGN.search(line):
                found.append(f"{name}:{number}: {match.group()}")
    assert not found, "\n".join(found)
