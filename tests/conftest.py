"""One throw-away PostgreSQL for the whole run; tests connect as tx_app, as pages do, so that the walls are up.

db / @pytest.mark.django_db   a shared database; what the test writes is rolled back
house                         a database of the test module's own, with real commits; dropped afterwards
served, browser, page         the real program in a process of its own, and a real Chromium (tests/browser.py)
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

if "tongxing.config.settings" in sys.modules:
    raise pytest.UsageError(
        "Unset DJANGO_SETTINGS_MODULE: tests choose a throw-away state folder before the settings load."
    )

FOLDER = Path(tempfile.mkdtemp(prefix="tx-test-"))
if os.geteuid() == 0:
    FOLDER.chmod(0o711)  # the database runs as a service user, which must pass through
os.environ.pop("DATABASE_URL", None)
os.environ |= {
    "TONGXING_STATE": str(FOLDER),
    "TONGXING_POOL": "0",  # a pool would hold connections to a database that is about to be dropped
    "TONGXING_DATABASE": "tongxing_shared",
    "DJANGO_SETTINGS_MODULE": "tongxing.config.settings",
}

from django.conf import settings  # noqa: E402

assert Path(settings.STATIC_ROOT).is_relative_to(FOLDER)  # loads them here; pytest-django then sets Django up

from tests.browser import browser, page, served  # noqa: E402, F401
from tongxing.config.cluster import FORGETFUL, Cluster  # noqa: E402
from tongxing.config.provision import migrate, provision  # noqa: E402
from tongxing.config.state import State  # noqa: E402

hypothesis.settings.register_profile("tongxing", deadline=None)  # a busy machine is no fault of the code
hypothesis.settings.load_profile("tongxing")
TEMPLATE = "tongxing_template"
IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Words outside a request are English, whatever the test before has spoken."""
    from django.utils import translation

    with translation.override("en"):
        yield


@dataclass(frozen=True)
class House:
    """A database of the module's own, to which every Django connection points meanwhile. Commits are real."""

    name: str
    state: State

    def sql(self, role: str, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement as `role` (tx_app, tx_owner, tx_counter, tx_log, postgres) on a connection of its own."""
        login = self.state.administrator(self.name) if role == "postgres" else self.state.login(role, self.name)
        with psycopg.connect(**login, autocommit=True) as connection:  # type: ignore[arg-type]
            found = connection.execute(statement, values or None)
            return found.fetchall() if found.description else []


def _administer(state: State, *statements: str) -> None:
    with psycopg.connect(**state.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
        for statement in statements:
            connection.execute(statement)


def _point_at(name: str) -> None:
    from django.db import connections

    for alias in connections:
        connections[alias].close()
        connections.settings[alias]["NAME"] = name


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The throw-away server. It forgets on a crash (fsync off); tests/faults start their own."""
    server = Cluster(State.load(), settings=FORGETFUL)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template(cluster: Cluster, django_db_blocker: Any) -> str:
    """A database brought up by the migrations as the owner; others are cloned from it in 50 ms."""
    provision(cluster.state, TEMPLATE)
    with django_db_blocker.unblock():
        _point_at(TEMPLATE)
        migrate()
        _point_at("tongxing_shared")
    return TEMPLATE


def _clone(state: State, name: str) -> None:
    _administer(state, f'create database "{name}" template {TEMPLATE} owner tx_owner')
    provision(state, name)  # rights on a database are not cloned with it


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, cluster: Cluster, template: str, django_db_blocker: Any
) -> Iterator[None]:
    """In place of pytest-django's: the app may not create databases, and must not own the one it is tested on."""
    from django.db import connection, connections

    _clone(cluster.state, "tongxing_shared")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("select current_user, rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == ("tx_app", False), "tests must not look over the walls"
    connection.close()
    yield
    for alias in connections:
        connections[alias].close()


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, django_db_setup: None, cluster: Cluster, django_db_blocker: Any
) -> Iterator[House]:
    """A fresh database for this module, with real transactions on every connection."""
    name = f"house_{request.path.stem}"[:50] + f"_{os.urandom(3).hex()}"
    _clone(cluster.state, name)
    with django_db_blocker.unblock():
        _point_at(name)
        yield House(name, cluster.state)
        _point_at("tongxing_shared")
    _administer(cluster.state, f'drop database "{name}" with (force)')


@pytest.fixture(scope="module")
def desk(house: House) -> Any:
    """Who stands at the front desk of Changzhou's second centre, in a `house`."""
    return _somebody("front_desk", "changzhou-2")


@pytest.fixture(scope="module")
def elsewhere(house: House) -> Any:
    """Who stands at the front desk of another city's centre."""
    return _somebody("front_desk", "zhongshan-1")


@pytest.fixture(scope="module")
def school(house: House) -> Any:
    """Who receives referrals at a school of Changzhou."""
    return _somebody("receiver", "changzhou-school-1")


def _somebody(role: str, centre: str) -> Any:
    from tests import world  # its models want Django set up

    return world.somebody(role, centre)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--needs-database", action="store_true", help="only tests on a database, no browser, no faults")


def _needs_database(item: pytest.Item) -> bool:
    """For a second pass on another PostgreSQL: what could differ there."""
    names = set(getattr(item, "fixturenames", ()))
    on_database = names & {"db", "house", "cluster"} or item.get_closest_marker("django_db")
    return bool(on_database) and not names & {"browser", "page", "served"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Each process that shares the suite chooses a throw-away state of its own before the settings load."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


SLOW = Path(__file__).parent / "engines"
WRITTEN = pytest.StashKey[int]()  # which in its file a test is, before the order is shuffled
number = count()


def pytest_itemcollected(item: pytest.Item) -> None:
    item.stash[WRITTEN] = next(number)


class AsWritten:
    """Modules come in random order; the tests of one house run as written, since each leaves its rows to the next."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        houses = {item.path for item in items if "house" in getattr(item, "fixturenames", ())}
        for path in houses:
            places = [place for place, item in enumerate(items) if item.path == path]
            written = sorted((items[place] for place in places), key=lambda item: item.stash[WRITTEN])
            for place, item in zip(places, written, strict=True):
                items[place] = item
        fixtures: Any = config.pluginmanager.get_plugin("funcmanage")
        fixtures.pytest_collection_modifyitems(items)  # what shares a parametrised fixture stands together again
        items.sort(key=lambda item: SLOW not in item.path.parents)  # alone at the end, it would keep one core waiting


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(AsWritten())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--needs-database"):
        left_out = [item for item in items if not _needs_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None and marker.kwargs.get("transaction"):
            raise pytest.UsageError(
                f"{item.nodeid}: use the fixture `house` for real transactions (the app may not truncate)."
            )
        if (marker or "db" in getattr(item, "fixturenames", ())) and not (marker and "databases" in marker.kwargs):
            item.add_marker(pytest.mark.django_db(databases="__all__"), append=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI a browser test that did not run is a browser test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and "browser" in getattr(item, "fixturenames", ()):
        report.outcome = "failed"
        report.longrepr = f"A skipped browser test is a failure in CI: {report.longrepr}"


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
