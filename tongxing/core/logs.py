"""What a log may say of a fault: where it happened and of which kind. The words of an error carry values of a record."""

import contextlib
import json
import logging
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType

# The number of the request that is being answered; an error page shows it, every line of the log carries it.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What a line may carry beside its words: names of the house and numbers, never what somebody typed.
FIELDS = ("route", "method", "status", "ms", "role", "check", "directive", "blocked", "host", "port")


@contextlib.contextmanager
def numbered(number: str) -> Iterator[None]:
    """Every line written inside carries `number`."""
    before = request_id.set(number)
    try:
        yield
    finally:
        request_id.reset(before)


class WithoutValues(logging.Formatter):
    """A stack and the kinds of the errors, never their words: a database quotes in them what somebody typed."""

    def format(self, record: logging.LogRecord) -> str:
        told, record.exc_text = record.exc_text, None  # another handler may have left the whole text there
        try:
            return super().format(record)
        finally:
            record.exc_text = told

    def formatException(  # noqa: N802  the library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        parts: list[str] = []
        error, told = ei[1], set[int]()
        while error is not None and id(error) not in told:  # an error can be raised from one that came of it
            told.add(id(error))
            parts.insert(0, "".join([*traceback.format_tb(error.__traceback__), _kind(error)]))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nand then\n".join(parts)


class AsJson(WithoutValues):
    """One JSON object a line (RFC 8259): when, how bad, who says it, what, in which request. Keys: `FIELDS` and these."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := request_id.get():
            line["request"] = number
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) not in (None, "")}
        if record.exc_info and record.exc_info[1] is not None:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _kind(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" (SQLSTATE {state})" if state else "")
