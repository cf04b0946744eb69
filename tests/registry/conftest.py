"""Who works with records that may be of one person: two at one centre, one far away."""

from typing import Any

import pytest


def _case_worker(centre: str) -> Any:
    from tests import world  # its models want Django set up

    return world.somebody("case_worker", centre)


@pytest.fixture(scope="module")
def worker(house) -> Any:
    return _case_worker("changzhou-2")


@pytest.fixture(scope="module")
def colleague(house) -> Any:
    return _case_worker("changzhou-2")


@pytest.fixture(scope="module")
def far(house) -> Any:
    """Of another city's centre."""
    return _case_worker("zhongshan-1")
