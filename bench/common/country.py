"""A full demonstration, built once and then copied: a country of 350,000 children with what became of them.

It is made by `tongxing demo --scale … --load-only` as an operator would make it, and kept in the bench folder under the
system's temporary one, named after its scale, the PostgreSQL version and the code that makes it up. A build that was killed
goes on. Migrations of today's code run on the copy. Remove the folder when you need the room.
"""

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tongxing
from bench.common.house import ROOT, copied, folder, say
from bench.common.serving import Served, serving
from tongxing.config.cluster import installed_binaries, major_version

HERE = Path(__file__).resolve().parents[2]
NICE = 5


@contextmanager
def country(scale: str = "full", children: int | None = None) -> Iterator[Served]:
    """The real program over a copy of the country; `children`: a smaller one, for trying."""
    kept = built(scale, children)
    made = json.loads((kept / "demonstration.json").read_text())
    age = datetime.timedelta(seconds=int(time.time() - (kept / "demonstration.json").stat().st_mtime))
    say(f"{made['children']:,} children (demonstration), seed {made['seed']}, made {age} ago; copying")
    with folder() as copy:
        copied(kept, copy)
        with serving("demo", over=copy) as served:
            yield served


def built(scale: str = "full", children: int | None = None) -> Path:
    """The state folder that is kept; built first where there is none."""
    home = Path(tempfile.gettempdir()) / f"tongxing-bench-{os.geteuid()}"
    home.mkdir(mode=0o711 if ROOT else 0o700, exist_ok=True)
    if home.lstat().st_uid != os.geteuid():
        raise SystemExit(f"{home} belongs to somebody else. Remove it, or choose another place with TMPDIR.")
    name = f"country-{scale}{f'-{children}' if children else ''}"
    kept = home / f"{name}-{_made_by()}"
    if not kept.exists():
        unfinished = kept.with_suffix(".unfinished")
        _build(unfinished, scale, children)
        for older in home.glob(f"{name}-????????"):
            shutil.rmtree(older)
        unfinished.rename(kept)
    return kept


def _made_by() -> str:
    """What the people and their lives are made of; tables change by migrations on the copy."""
    code = hashlib.sha256(bytes([major_version(installed_binaries() / "postgres")]))
    for path in sorted((Path(tongxing.__file__).parent / "config" / "demo").glob("*.*")):
        code.update(path.read_bytes())
    return code.hexdigest()[:8]


def _build(where: Path, scale: str, children: int | None) -> None:
    """As an operator does it, then the nightly copy of facts, and statistics for the planner."""
    say(f"Building {scale}: see docs/benches.md for how long; a build that is stopped goes on with the next run.")
    where.mkdir(mode=0o711 if ROOT else 0o700, exist_ok=True)
    began = time.monotonic()
    of = ["--children", str(children)] if children else []
    _program(where, "demo", "--scale", scale, "--load-only", *of)
    _program(where, "facts", "export")
    say(f"Built in {time.monotonic() - began:.0f} s")


def _program(where: Path, *words: str) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TONGXING_")}
    ours.pop("DATABASE_URL", None)
    subprocess.run(
        ["nice", "-n", str(NICE), sys.executable, "-m", "tongxing.config.cli", *words],
        env=ours | {"TONGXING_STATE": str(where), "TONGXING_DEMO": "1"},
        cwd=HERE,
        check=True,
        stdout=sys.stderr,
    )
