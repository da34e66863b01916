"""The `options` of a mailbox source: how to reach it, and what to do with its mails once they are in custody."""

import re
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.tables.sources import SourceKind


class Security(StrEnum):
    """How the connection is secured."""

    TLS = "tls"  # from the start
    STARTTLS = "starttls"  # RFC 3501 section 6.2.1, RFC 2595 section 4
    NONE = "none"  # in clear


class Login(StrEnum):
    """How casemail logs in to the server."""

    PASSWORD = "password"  # noqa: S105  # the name of a method, not a password
    MICROSOFT = "microsoft"  # XOAUTH2 with tokens of Microsoft Entra ID
    GOOGLE = "google"  # XOAUTH2 with tokens of Google
    OAUTH2 = "oauth2"  # XOAUTH2 with tokens of `token_url`


class After(StrEnum):
    """What is done with a mail once it is in custody."""

    MOVE = "move"  # to the folder `move_to`; IMAP only
    FLAG = "flag"  # it is marked as read and stays; IMAP only
    DELETE = "delete"
    LEAVE = "leave"  # it stays as it is


#: The ports of RFC 3501, RFC 1939 and RFC 8314.
PORTS = {
    (SourceKind.IMAP, Security.TLS): 993,
    (SourceKind.IMAP, Security.STARTTLS): 143,
    (SourceKind.IMAP, Security.NONE): 143,
    (SourceKind.POP3, Security.TLS): 995,
    (SourceKind.POP3, Security.STARTTLS): 110,
    (SourceKind.POP3, Security.NONE): 110,
}

#: The two LMTP sources: mail from peers whose Authentication-Results are trusted, and mail from all other peers.
LMTP, LMTP_OTHERS = "lmtp", "lmtp, other peers"
#: The value of `authserv_id` if no server's Authentication-Results are trusted.
NOBODY = "none"

#: The shortest time between two canary mails to a mailbox, in seconds.
LEAST_CANARY_SECONDS = 300

#: One line without control characters, which could split a command of IMAP or POP3 in two.
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
#: A name of a mail server in Authentication-Results, mostly its host name.
AuthservId = Annotated[Line, StringConstraints(max_length=255, pattern=r"^[A-Za-z0-9._-]*$")]


#: Control characters, and surrogates, which PostgreSQL does not store.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
#: Names of header fields (RFC 5322 section 3.6.8), separated by commas.
_FIELDS = re.compile(r" *[!-+\--9;-~]+(?: *, *[!-+\--9;-~]+)* *", re.ASCII)
_LONGEST_NAME, _LONGEST_FIELDS = 200, 1_000


def check_name(name: str) -> None:
    """Raises ValueError unless `name` is valid for a source: names are shown, logged and used in metrics."""
    if not name.strip() or len(name) > _LONGEST_NAME or _UNPRINTABLE.search(name):
        raise ValueError(f"Give the source a name: one line of at most {_LONGEST_NAME} characters.")


def check_fields(fields: str) -> None:
    """Raises ValueError unless `fields` are names of header fields."""
    if len(fields) > _LONGEST_FIELDS or not _FIELDS.fullmatch(fields):
        raise ValueError("Name header fields, separated by commas, such as Delivered-To,X-Original-To.")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class MailboxOptions(BaseModel):
    """The options of a mailbox at an IMAP or POP3 server.

    - `directory`: the tenant of Microsoft Entra ID, by id or domain.
    - `authserv_id`: the name under which the mailbox's server writes Authentication-Results. Empty: for some
      providers it is known from `host`. `authserv_fields`: how many such fields the server writes into each mail.
    - `canary_address`: the mailbox's own address, to which a canary is sent every `canary_seconds` (0: never).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: Annotated[Line, StringConstraints(min_length=1, pattern=r"^[A-Za-z0-9.:_-]+$")]
    port: int = Field(0, ge=0, le=65_535)
    security: Security = Security.TLS
    username: Annotated[Line, StringConstraints(min_length=1)]
    login: Login = Login.PASSWORD
    client_id: Line = ""
    directory: Annotated[Line, StringConstraints(pattern=r"^[A-Za-z0-9.-]*$")] = ""
    token_url: Annotated[Line, StringConstraints(pattern=r"^(https?://[^\s@\x00-\x1f\x7f]+)?$")] = ""
    folder: Annotated[Line, StringConstraints(min_length=1)] = "INBOX"
    after: After = After.MOVE
    move_to: Line = "casemail"
    idle: bool = True
    canary_address: Annotated[Line, StringConstraints(pattern=r"^([^\s@<>,;\x00-\x1f\x7f]+@[A-Za-z0-9.-]+)?$")] = ""
    canary_seconds: int = Field(0, ge=0, le=86_400)
    authserv_id: AuthservId = ""
    authserv_fields: int = Field(1, ge=1, le=10)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.login is not Login.PASSWORD and not self.client_id:
            raise ValueError("to log in with OAuth 2.0, give the client ID")
        if self.login is Login.OAUTH2 and not self.token_url:
            raise ValueError("to log in with OAuth 2.0, give the address that tokens come from")
        if self.token_url and not _is_url(self.token_url):
            raise ValueError("the address that tokens come from is not a URL")
        if self.canary_seconds and (self.canary_seconds < LEAST_CANARY_SECONDS or not self.canary_address):
            raise ValueError("canary mails need the mailbox's own address, and five minutes from one to the next")
        if self.after is After.MOVE and self.move_to in ("", self.folder):
            raise ValueError("mails must be moved to a folder that is not the one that they are read from")
        return self

    def port_of(self, kind: SourceKind) -> int:
        """Returns the port; if none is given, the usual port of `kind`."""
        return self.port or PORTS[kind, self.security]


class MailboxSecret(BaseModel):
    """The secret of a mailbox, stored encrypted: the password, or the OAuth 2.0 secrets.

    Without a refresh token, casemail requests tokens for the client itself.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    password: str = Field("", repr=False, max_length=4_000, pattern=r"^[^\x00\r\n]*$")
    client_secret: str = Field("", repr=False, max_length=4_000)
    refresh_token: str = Field("", repr=False, max_length=10_000)
