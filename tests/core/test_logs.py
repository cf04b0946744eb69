"""One JSON object a line: when, how bad, in which request; never the words of an error, never what is not on the list."""

import json
import logging
import sys
from typing import Any

from tongxing.core.logs import AsJson, numbered


def line(message: str, *values: Any, error: BaseException | None = None, **extra: Any) -> dict[str, Any]:
    told = None
    if error is not None:
        try:
            raise error
        except type(error):
            told = sys.exc_info()
    record = logging.LogRecord("tongxing.requests", logging.ERROR, __file__, 1, message, values, told)
    vars(record).update(extra)
    text = AsJson().format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line_says_when_how_bad_and_in_which_request() -> None:
    with numbered("0123456789ab"):
        found = line("answered %s", "soon", route="desk:today", status=200, ms=12)
    assert found["at"].endswith("Z") and (found["level"], found["logger"]) == ("error", "tongxing.requests")
    assert (found["message"], found["request"]) == ("answered soon", "0123456789ab")
    assert (found["route"], found["status"], found["ms"]) == ("desk:today", 200, 12)
    assert "request" not in line("outside of a request")


def test_what_is_not_on_the_list_stays_out() -> None:
    assert "吕苇航" not in json.dumps(
        line("answered", child="吕苇航", address="/en/people/?q=吕苇航"), ensure_ascii=False
    )


def test_of_an_error_the_place_and_the_kind_are_told_and_no_word() -> None:
    found = line("failed", error=KeyError("吕苇航"))
    assert "KeyError" in found["stack"] and "line" in found["stack"]
    assert "吕苇航" not in json.dumps(found, ensure_ascii=False)


def test_two_lines_cannot_be_made_of_one() -> None:
    assert line('x\n{"level": "info", "message": "forged"}')["message"].startswith("x\n")


def test_errors_that_came_of_each_other_are_told_once_each() -> None:
    first, second = KeyError("吕苇航"), ValueError("吕苇航")
    first.__cause__, second.__cause__ = second, first
    found = line("failed", error=first)
    assert (found["stack"].count("KeyError"), found["stack"].count("ValueError")) == (1, 1)
