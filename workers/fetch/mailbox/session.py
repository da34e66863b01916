"""Connects and logs in to a mail server by any protocol, and turns the protocol's errors into SourceError."""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from schemas.mailboxes import Security
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.transport import LoginRefusedError, Meter, Route, SourceError


class Session(Protocol):
    """A connection to a mail server, before and after log-in."""

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Encrypts the connection."""

    def log_in_with_password(self, name: str, password: str) -> None:
        """Logs in with a password."""

    def log_in_with_token(self, name: str, token: str) -> None:
        """Logs in with an access token (XOAUTH2)."""

    def refusal(self, error: Exception) -> str | bytes | None:
        """Returns the server's words if it refused the log-in with this error; None for any other error."""

    def logged_in(self) -> None:
        """Does what the protocol needs after log-in; called once."""

    def drop(self) -> None:
        """Closes the connection without ending the session."""


_S = TypeVar("_S", bound=Session)
_Errors = tuple[type[Exception], ...]
_Words = Callable[[Exception], str]


def connect(
    make: Callable[[Route, Meter], _S], credentials: Credentials, meter: Meter, errors: _Errors, words: _Words
) -> _S:
    """Returns a connection that is logged in. `errors` are the protocol's exceptions; `words` describes an error.

    Raises SourceError; LoginRefusedError when the server refuses us.
    """
    meter.allow()
    route = credentials.route()
    with as_source_error(credentials, errors, words):
        session = make(route, meter)
        try:
            if route.security is Security.STARTTLS:
                session.start_tls(route.context)
            _log_in(session, credentials, meter, errors)
            session.logged_in()
        except Exception:
            session.drop()
            raise
    return session


def _log_in(session: Session, credentials: Credentials, meter: Meter, errors: _Errors) -> None:
    def attempt(log_in: Callable[[str, str], None]) -> Callable[[str, str], None]:
        def attempted(name: str, proof: str) -> None:
            try:
                log_in(name, proof)
            except errors as error:
                said = session.refusal(error)
                if said is None:
                    raise
                raise LoginRefusedError(f"the server refused the log-in: {credentials.clean(said)}") from None

        return attempted

    credentials.log_in(attempt(session.log_in_with_password), attempt(session.log_in_with_token), meter)


@contextlib.contextmanager
def as_source_error(credentials: Credentials, errors: _Errors, words: _Words) -> Iterator[None]:
    """Turns the protocol's errors into SourceError, without secrets in the message."""
    try:
        yield
    except errors as error:
        raise SourceError(credentials.clean(f"{credentials.options.host}: {words(error)}")) from error
