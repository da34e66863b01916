"""Gets access tokens for XOAUTH2: with a refresh token (RFC 6749 section 6), or by the client alone (section 4.4).

Sources: learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth"; developers.google.com,
"OAuth 2.0 mechanism" of Gmail.
"""

import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from schemas.mailboxes import Login, MailboxOptions, MailboxSecret, Security
from schemas.settings import Settings
from schemas.tables import SourceKind
from workers.fetch.mailbox.transport import LoginRefusedError, Meter, Route, SourceError, plain_words, post

#: The URLs that issue tokens.
URLS = {
    Login.MICROSOFT: "https://login.microsoftonline.com/{directory}/oauth2/v2.0/token",
    Login.GOOGLE: "https://oauth2.googleapis.com/token",
}
#: The scopes of tokens: for a person's mailbox, and for the client alone.
_MICROSOFT_SCOPES = {
    SourceKind.IMAP: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    SourceKind.POP3: "https://outlook.office.com/POP.AccessAsUser.All offline_access",
}
_MICROSOFT_CLIENT_SCOPE = "https://outlook.office365.com/.default"
#: How many seconds before its expiry a token is replaced, and how long a token lasts if its server does not say.
_EARLY_SECONDS, _DEFAULT_SECONDS = 300, 3_600
_OK, _SERVER_ERROR, _TRY_LATER = 200, 500, (408, 429)
#: Errors that pass by themselves, whatever their status (RFC 6749 section 4.1.2.1; Microsoft, "Error codes for token
#: endpoint errors"). All others need a person: consent, a secret or a directory is no longer right.
_TRANSIENT = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True)
class Token:
    """An access token. `until` (time.monotonic) is when to get the next token, with `refresh_token`."""

    access: str
    until: float
    refresh_token: str

    @property
    def fresh(self) -> bool:
        """Whether the token can still be used."""
        return time.monotonic() < self.until


def get_token(
    kind: SourceKind, options: MailboxOptions, secret: MailboxSecret, settings: Settings, *, tenants: bool, meter: Meter
) -> Token:
    """Gets a new token. Raises LoginRefusedError when it is refused, SourceError when the server can't be asked."""
    url = options.token_url or URLS[options.login].format(directory=options.directory or "common")
    try:
        parts = urlsplit(url)
        given = parts.port
    except ValueError:
        raise SourceError("the address that tokens come from is no URL") from None
    secure = parts.scheme == "https"
    route = Route(
        parts.hostname or "",
        given or (443 if secure else 80),
        Security.TLS if secure else Security.NONE,
        tenants,
        settings,
    )
    form = _form(kind, options, secret)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    status, answer = post(route, path, urlencode(form).encode(), meter)
    return _token(status, answer, secret, route.host)


def _form(kind: SourceKind, options: MailboxOptions, secret: MailboxSecret) -> dict[str, str]:
    form = {"client_id": options.client_id}
    if secret.client_secret:
        form["client_secret"] = secret.client_secret
    if secret.refresh_token:
        form |= {"grant_type": "refresh_token", "refresh_token": secret.refresh_token}
    else:
        form["grant_type"] = "client_credentials"
    if options.login is Login.MICROSOFT:
        form["scope"] = _MICROSOFT_SCOPES[kind] if secret.refresh_token else _MICROSOFT_CLIENT_SCOPE
    return form


def _token(status: int, answer: bytes, secret: MailboxSecret, host: str) -> Token:
    try:
        values = json.loads(answer)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        values = {}
    access = values.get("access_token")
    if status == _OK and isinstance(access, str) and access.isascii() and access.isprintable():
        seconds = values.get("expires_in")
        lasts = (
            float(seconds) if isinstance(seconds, int | float | str) and str(seconds).isdigit() else _DEFAULT_SECONDS
        )
        refresh_token = values.get("refresh_token")
        return Token(
            access,
            time.monotonic() + max(lasts - _EARLY_SECONDS, lasts / 2),
            refresh_token if isinstance(refresh_token, str) and refresh_token else secret.refresh_token,
        )
    words = plain_words(
        f"{values.get('error', '')} {values.get('error_description', '')}", secret.client_secret, secret.refresh_token
    )
    if status >= _SERVER_ERROR or status in (_OK, *_TRY_LATER) or values.get("error") in _TRANSIENT:
        raise SourceError(f"{host} gave no token (HTTP {status}): {words or 'no reason given'}")
    raise LoginRefusedError(f"{host} refused a token (HTTP {status}): {words or 'no reason given'}")
