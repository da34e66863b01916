"""Writes the lines of the log: as JSON, so that no text of a mail can forge a line, or for people at a terminal."""

import atexit
import contextlib
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from ops.logs.repeats import Repeats
from ops.logs.words import allowed, described, traced
from schemas.settings.logs import Logs

#: The loggers whose lines are each about another mail or batch: all of them are written.
EACH = frozenset({"casemail.mails"})
#: Libraries whose lower levels say too much: a line for each connection and each rebalance of each consumer.
_QUIET = {"kafka": logging.ERROR, "mail.log": logging.ERROR}
_STANDARD_ERROR = 2
#: Control characters, and those that break or turn a line on a terminal (Unicode categories Cc, Zl, Zp, bidi formats).
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Render = Callable[[Mapping[str, Any]], bytes]


def configure(settings: Logs) -> None:
    """Sends the logs of casemail and of the libraries to standard error, from now on."""
    lines = _Lines(as_json if settings.format == "json" else as_text)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=[lines.of_structlog],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Logger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Handler(lines)]
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, level))


class _Logger:
    """What structlog calls at last: there is nothing left to do, the line is written."""

    def __init__(self, name: str = "") -> None:
        self.name = name


class _Lines:
    """Makes lines of events and writes them."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._repeats = Repeats(self._write)
        atexit.register(self._repeats.end)

    def of_structlog(self, logger: Any, level: str, values: MutableMapping[str, Any]) -> Any:
        """Writes the event of a structlog logger; a processor that hands nothing on."""
        if logger.name in EACH:
            self._write(logger.name, level, values)
        else:
            error = _raised(values.pop("exc_info", None))
            self._limited(logger.name, "error" if level == "exception" else level, values["event"], values, error)
        raise structlog.DropEvent

    def of_logging(self, record: logging.LogRecord) -> None:
        """Writes the event of a logger of the standard library."""
        if isinstance(record.args, tuple):  # a library that logs an error may log the words of a mail with it
            record.args = tuple(described(each) if isinstance(each, BaseException) else each for each in record.args)
        level, values = record.levelname.lower(), {"event": record.getMessage()}
        self._limited(record.name, level, record.msg, values, _raised(record.exc_info))

    def _limited(
        self, logger: str, level: str, kind: object, values: Mapping[str, Any], error: BaseException | None
    ) -> None:
        about = {**values, "error": error} if error else dict(values)
        if self._repeats.admits(logger, level, str(kind), about):
            self._write(logger, level, {**values, "exception": _Trace(error)} if error else values)

    def _write(self, logger: str, level: str, values: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        shown = {"timestamp": at, "level": level, "event": "", "logger": logger}
        for name, value in values.items():
            shown[name] = traced(value.error) if isinstance(value, _Trace) else allowed(value)
        line = self._render(shown)
        # in one call, so that the lines of several processes and threads don't mix; nothing could report a failure
        with contextlib.suppress(OSError):
            os.write(_STANDARD_ERROR, line)


@dataclass(frozen=True)
class _Trace:
    """An error of which the log shows where it was raised."""

    error: BaseException


def _raised(given: Any) -> BaseException | None:
    """Returns the error of `exc_info`, as structlog and logging let callers give it."""
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    return error if isinstance(error, BaseException) else None


class _Handler(logging.Handler):
    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.of_logging(record)
        except Exception:  # noqa: BLE001  # as logging wants it: a line that can't be written must not stop the work
            self.handleError(record)


def as_json(values: Mapping[str, Any]) -> bytes:
    """Returns a line as a JSON object in ASCII, so that every program sees the same line ends."""
    try:
        line = orjson.dumps(values, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # half a character (a lone surrogate)
        line = b""
    if line and line.isascii():
        return line
    return json.dumps(values, default=str).encode() + b"\n"


def as_text(values: Mapping[str, Any]) -> bytes:
    """Returns a line for people: time, level, event, and the fields as name=value."""
    fields = {name: value for name, value in values.items() if name not in ("timestamp", "level", "event", "exception")}
    words = " ".join(f"{name}={value}" for name, value in fields.items())
    line = f"{values['timestamp']} {values['level']:<8} {values.get('event', '')}  {words}".replace("\n", " ")
    trace = "".join(f"\n  {each}" for each in str(values.get("exception", "")).splitlines())
    return _UNSHOWN.sub("\ufffd", line + trace).encode("utf-8", "replace") + b"\n"
