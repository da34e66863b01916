"""What must fit before a process begins: database, blob store, topics, ports. All faults are reported at once."""

import errno
import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import structlog
from dramatiq.errors import BrokerError
from obstore.exceptions import BaseError
from sqlalchemy.exc import DBAPIError, OperationalError

from ops import logs
from ops.kafka import check_topics
from schemas.errors import CasemailError
from schemas.settings import PREFIX, Settings
from storage import identity, pooler
from storage.blobs.store import BlobMissingError, Blobs, BlobStoreError
from storage.database import is_transient, open_database
from storage.deadlines import Deadlines
from storage.migrations import state

#: Seconds between two tries to reach PostgreSQL, and between two lines in the log about that.
_PAUSE, _REMINDER = 1.0, 10.0
_BLOB_URL = f"{PREFIX}BLOB_URL"
#: What PostgreSQL, or libpq, says when a connection is refused for reasons that time does not mend.
_REFUSED = re.compile("authentication failed|does not exist|no password supplied|no pg_hba.conf entry|not permitted")

_log = structlog.get_logger(__name__)


class StartError(CasemailError):
    """The process can't begin; `problems` has a sentence for each fault, with what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type["StartError"], tuple[Sequence[str]]]:
        """Returns how it is pickled: it may be raised in another process."""
        return StartError, (self.problems,)


@dataclass(frozen=True)
class Listener:
    """A port that a process listens on. `setting` is the start of the names of its settings, such as `LMTP`."""

    setting: str
    host: str
    port: int


class _Away(Exception):  # noqa: N818  # it is no error: the process waits
    """PostgreSQL does not answer, which may pass."""


def check(settings: Settings, *, kafka: bool = False, listens: Sequence[Listener] = ()) -> None:
    """Returns when the process may begin; raises `StartError` if the world does not fit its settings.

    `kafka`: it needs the topics. `listens`: the ports that must be free. If all is well but PostgreSQL does not answer,
    it waits for it, and says so in the log.
    """
    problems = _ports(listens) + (_topics(settings) if kafka else [])
    blobs = open_blobs(settings, problems)
    said = -_REMINDER
    while True:
        try:
            problems += _database(settings, blobs)
        except _Away as error:
            if problems:
                problems.append(f"PostgreSQL does not answer: {error}")
            else:
                said = _say(settings, said, error)
                time.sleep(_PAUSE)
                continue
        break
    if problems:
        raise StartError(problems)


def _say(settings: Settings, said: float, error: Exception) -> float:
    if time.monotonic() - said < _REMINDER:
        return said
    logs.configure(settings.logs)
    _log.warning("waits for PostgreSQL", error=error)
    return time.monotonic()


def _database(settings: Settings, blobs: Blobs | None) -> list[str]:
    """Returns what is wrong with the schema, or else how the process differs from its cluster. Raises `_Away`."""
    problems: list[str] = []
    try:
        with state.plain(settings.database.url, Deadlines.of(settings)) as connection:
            wrong = state.problem(state.read(connection))
        if wrong:
            return [wrong]
        with (
            _noted(problems),
            closing(open_database(settings)) as database,
            database.system() as connection,
        ):
            if dropped := pooler.problem(connection):
                return [dropped]
            problems += identity.begin(connection, settings, blobs)
    except DBAPIError as error:
        if refused := pooler.refusal(error):
            return [refused]
        words = first_line(error.orig)
        if isinstance(error, OperationalError) and is_transient(error) and not _REFUSED.search(words):
            raise _Away(words) from error
        problems.append(f"PostgreSQL refuses the connection: {words}. Check {PREFIX}DATABASE_URL.")
    return problems


def _topics(settings: Settings) -> list[str]:
    try:
        check_topics(settings)
    except BrokerError as error:
        return [str(error)]
    return []


def open_blobs(settings: Settings, problems: list[str]) -> Blobs | None:
    """Returns the blob store if it can be read and written; else adds a sentence."""
    with _noted(problems):
        blobs = Blobs(settings.blobs.url)
        with suppress(BlobMissingError):  # reported when it is compared
            blobs.marked_for()
        if "://" in settings.blobs.url or os.access(settings.blobs.url, os.R_OK | os.W_OK | os.X_OK):
            return blobs
        problems.append(f"{_BLOB_URL} names {settings.blobs.url}, where this user may not write. Set its owner.")
    return None


@contextmanager
def _noted(problems: list[str]) -> Iterator[None]:
    """Adds a sentence if the blob store can't be opened or used."""
    try:
        yield
    except BlobStoreError as error:
        problems.append(
            f"{_BLOB_URL}: {first_line(error)}. Check the URL, the credentials, and whether the store answers."
        )
    except (BaseError, OSError, ValueError) as error:
        problems.append(
            f"{_BLOB_URL} names a blob store that can't be used: {first_line(error)}. Mend it, or set another."
        )


def _ports(listens: Sequence[Listener]) -> list[str]:
    return [words for each in listens if (words := _port(each))]


def _port(listener: Listener) -> str:
    where = f"port {listener.port} of {listener.host}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        name = PREFIX + listener.setting
        match error.errno:
            case errno.EADDRINUSE:
                return f"{where} is in use. Stop what listens there, or set {name}_PORT to another one."
            case errno.EACCES:
                return f"{where} may not be opened by this user. Set {name}_PORT to one from 1024 on."
        return f"{where} can't be opened: {error.strerror}. Set {name}_HOST to an address of this machine."
    return ""


def first_line(error: object) -> str:
    """Returns the first line of what an error says, without a full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
