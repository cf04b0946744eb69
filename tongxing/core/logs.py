"""What a log may say of a fault: where it happened and of which kind. The words of an error carry values of a record."""

import logging
import traceback
from types import TracebackType


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
        error = ei[1]
        while error is not None:
            parts.insert(0, "".join([*traceback.format_tb(error.__traceback__), _kind(error)]))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nand then\n".join(parts)


def _kind(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" (SQLSTATE {state})" if state else "")
