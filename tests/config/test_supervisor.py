"""Restarting later and later, demonstration mode on this machine only."""

import pytest

from tongxing.config.state import StateProblem
from tongxing.config.supervisor import HEALTHY_AFTER, LONGEST_PAUSE, Child, Errand, refuse_demonstration_in_public


class Ended:
    returncode = 1

    def poll(self) -> int:
        return 1


def test_a_child_that_keeps_ending_is_started_later_and_later() -> None:
    child = Child("web", Ended)
    now, pauses = 100.0, []
    for _ in range(10):
        pause = child.keep(now)  # starts it, or sees it ended
        if child.process is None:
            pauses.append(round(pause, 1))
        now += pause
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert max(pauses) <= LONGEST_PAUSE


def test_a_child_that_lived_long_is_started_again_at_once() -> None:
    child = Child("web", Ended, failures=7)
    child.keep(0.0)
    assert child.keep(HEALTHY_AFTER + 1) == pytest.approx(0.1)
    assert child.failures == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_a_demonstration_serves_this_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("TONGXING_DEMO", "1")
    refuse_demonstration_in_public(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "::", "example.org", ""])
def test_a_demonstration_does_not_serve_others(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("TONGXING_DEMO", "1")
    with pytest.raises(StateProblem, match="this machine only"):
        refuse_demonstration_in_public(host)


def test_without_demonstration_any_address_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TONGXING_DEMO", raising=False)
    refuse_demonstration_in_public("0.0.0.0")


def test_no_room_for_another_process_ends_nothing() -> None:
    def no_room() -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    child, errand = Child("web", no_room), Errand(no_room, every=60, due=0)
    assert child.keep(100.0) == LONGEST_PAUSE
    errand.keep(100.0)
    assert errand.due == 160.0
    child.start = Ended
    assert child.keep(100.0 + LONGEST_PAUSE) == 1.0, "tried again, and it goes"
