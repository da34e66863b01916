"""Known devices: browsers in which a person has logged in, recognised by a signed cookie bound to their accounts.

Strangers' attempts do not lock a known device out, and the person gets a mail about a log-in from an unknown device.
The cookie gives no access, and shows neither address nor tenant.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response
from itsdangerous import BadData, TimestampSigner

from cases.outgoing.signed_links import derive
from console.guards.cookies import DEVICE, cookie_name
from schemas.settings import Settings

#: Seconds for which a device is known.
MAX_AGE = 180 * 24 * 3600
#: Accounts for which a device is known; a further account replaces the oldest.
MOST = 8


@dataclass(frozen=True)
class Device:
    """A browser: its number, and the marks of the accounts for which it is known."""

    number: str
    accounts: tuple[str, ...] = ()


class Devices:
    """Reads and writes the cookie of known devices."""

    def __init__(self, settings: Settings) -> None:
        self._name = cookie_name(DEVICE, settings)
        self._secure = settings.console.url.startswith("https:")
        self._keys = derive(settings.secrets.session_secret, "device")
        # itsdangerous signs with the last key
        self._signer = TimestampSigner(self._keys[::-1], key_derivation="hmac", digest_method=sha256)

    def known(self, request: Request, slug: str, key: str) -> str:
        """Returns the number of the device if it is known for this account (slug and `email_key`), else ""."""
        device = self._read(request)
        return device.number if any(mark in device.accounts for mark in self._marks(slug, key)) else ""

    def number(self, request: Request) -> str:
        """Returns the number of the device if it is known for any account, else ""."""
        device = self._read(request)
        return device.number if device.accounts else ""

    def remember(self, request: Request, response: Response, slug: str, key: str) -> None:
        """Makes the device known for this account too, by a cookie in the response."""
        device, (mark, *old) = self._read(request), self._marks(slug, key)
        others = [account for account in device.accounts if account not in (mark, *old)]
        value = ".".join((device.number, *others[-MOST + 1 :], mark))
        response.set_cookie(
            self._name, self._signer.sign(value).decode(), MAX_AGE, httponly=True, samesite="lax", secure=self._secure
        )

    def _read(self, request: Request) -> Device:
        try:
            value = self._signer.unsign(request.cookies.get(self._name, ""), max_age=MAX_AGE).decode()
        except BadData:
            return Device(secrets.token_hex(8))
        number, *accounts = value.split(".")
        return Device(number, tuple(accounts))

    def _marks(self, slug: str, key: str) -> Sequence[str]:
        """Returns the marks of an account: a mark by each key, the current key first."""
        account = f"{slug} {key}".encode()
        return [hmac.digest(secret, account, sha256).hex()[:24] for secret in self._keys]
