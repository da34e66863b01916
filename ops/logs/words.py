"""What a line of the log may say: no whole address, and of an error nothing that could quote a mail."""

import re
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

#: The longest text of a field, and of a traceback, in characters.
LONGEST, LONGEST_TRACE = 1_000, 8_000
#: The most frames of a traceback, and the most errors that led to an error, that are shown.
_FRAMES, _CAUSES = 25, 5

#: A local part, and what begins a domain. It is looked for only where it can begin: that takes linear time.
_ADDRESS = re.compile(r"(?<![^\s@<>\"'(),;:\[\]])([^\s@<>\"'(),;:\[\]])[^\s@<>\"'(),;:\[\]]*+@(?=[\w\[])")
_QUOTED = re.compile(r'"[^"\n]{0,200}"@(?=[\w\[])')

#: Errors of these packages say what a server or casemail itself did, and not what a mail says.
_TELLING = frozenset(
    {"cases", "console", "dns", "dramatiq", "imaplib", "kafka", "obstore", "ops", "poplib", "schemas", "smtplib", "ssl"}
    | {"storage", "workers"}
)
#: Errors of Python that say nothing of the values at hand. `ValueError`, `LookupError` and many of the libraries quote
#: what they could not read, which may be a mail.
_PLAIN = (OSError, ArithmeticError, TypeError, AttributeError, RuntimeError, AssertionError, MemoryError, ImportError)


def shortened(text: str, most: int = LONGEST) -> str:
    """Returns at most `most` characters of the text, each address in it as its first letter and its domain.

    >>> shortened("550 no such user ann.smith@client.example")
    '550 no such user a***@client.example'
    """
    if len(text) > most:
        text = text[:most] + "..."
    if "@" not in text:
        return text
    return _QUOTED.sub("***@", _ADDRESS.sub(r"\1***@", text))


def described(error: BaseException) -> str:
    """Returns the class of an error, and its words if they can't quote a mail; addresses in them are shortened."""
    name = type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        return f"{name}: {'; '.join(described(each) for each in error.exceptions[:_CAUSES])}"
    words = " ".join(_words(error).split())
    return shortened(f"{name}: {words}" if words else name)


def _words(error: BaseException) -> str:
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, psycopg.Error):  # its further lines, and the first of errors about data, have values of rows
        return "" if isinstance(error, psycopg.DataError) else str(error).partition("\n")[0]
    if isinstance(error, _PLAIN) or type(error).__module__.partition(".")[0] in _TELLING:
        return str(error)
    return ""


def traced(error: BaseException) -> str:
    """Returns where an error was raised, and the errors that led to it, the last one last."""
    parts = [
        "".join(traceback.format_tb(each.__traceback__, limit=-_FRAMES)) + described(each)
        for each in _with_causes(error)
    ]
    return "\nled to\n".join(reversed(parts))[-LONGEST_TRACE:]


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(_CAUSES):
        if each is None:
            return
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def allowed(value: Any) -> Any:
    """Returns the value of a field as the log may show it; values that are not text or an error stay as they are."""
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, BaseException):
        return described(value)
    if isinstance(value, dict):
        return {allowed(name): allowed(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [allowed(each) for each in value]
    return value
