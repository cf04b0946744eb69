"""The order of tests that share one cast and change it."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The leak tests run as written: what is asked comes before what is sent, which throws drafts away."""
    places = [place for place, item in enumerate(items) if item.path.name == "test_leaks.py"]
    as_written = sorted((items[place] for place in places), key=lambda item: item.function.__code__.co_firstlineno)  # type: ignore[attr-defined]
    for place, item in zip(places, as_written, strict=True):
        items[place] = item
