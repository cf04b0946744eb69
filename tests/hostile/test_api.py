"""The published description of the open data, and what is served, agree; odd input finds nothing that breaks."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

LONG = os.environ.get("TONGXING_LONG") == "1"
PROGRAM = Path(sys.executable).parent / "schemathesis"


def findings(address: str, description: Path, folder: Path, examples: int) -> tuple[int, str]:
    """How schemathesis ended (0: nothing found, 1: found) and what it said."""
    command = [PROGRAM, "run", description, "--url", address, "--max-examples", str(examples), "--checks", "all"]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", "4", "--no-color", "--generation-database", "none"]
    command += ["--max-response-time", "10", "--suppress-health-check", "all", "--warnings", "off"]
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.fixture
def described(served, tmp_path) -> tuple[str, dict, Path]:
    with urllib.request.urlopen(f"{served.address}/en/api/openapi.json") as answer:
        return served.address, json.load(answer), tmp_path


def test_nothing_is_found_by_the_description_of_the_api(described) -> None:
    address, words, folder = described
    (folder / "openapi.json").write_text(json.dumps(words))
    code, said = findings(address, folder / "openapi.json", folder, 200 if LONG else 5)
    assert code == 0, said
    assert f"Tested: {len(words['paths'])}" in said, said


def test_what_the_description_promises_and_nobody_keeps_is_found(described) -> None:
    """Control: a copy of the description whose feed is to be JSON."""
    address, words, folder = described
    feed = words["paths"]["/{language}/p/feed.atom"]["get"]["responses"]["200"]
    feed["content"] = {"application/json": {"schema": {"type": "object"}}}
    words["paths"] = {"/{language}/p/feed.atom": words["paths"]["/{language}/p/feed.atom"]}
    (folder / "openapi.json").write_text(json.dumps(words))
    code, said = findings(address, folder / "openapi.json", folder, 3)
    assert code == 1 and "Undocumented Content-Type" in said, said
