"""Limits how often passwords can be guessed and links asked for by mail; all processes count together, in the database.

Attempts are counted by their origin, widest first: network, address, and address with account. So attempts of strangers
elsewhere lock nobody out. While an account is under attack, only addresses from which nobody has logged in to it are
allowed fewer attempts. The attempts of a known device are counted separately, by device and account.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import Connection, text

from storage.database import Database


@dataclass(frozen=True)
class Limit:
    """The most attempts in a window of `seconds`, which begins with the first attempt."""

    what: str
    most: int
    seconds: int


@dataclass(frozen=True)
class Try:
    """An attempt to log in: from an address, to an account (tenant and `email_key`), by a known device (else "")."""

    address: str
    account: str
    device: str = ""


NETWORK = Limit("log-ins of a network", 300, 600)
ADDRESS = Limit("log-ins of an address", 50, 600)
ADDRESS_AND_ACCOUNT = Limit("log-ins of an address to an account", 10, 600)
#: In addition, while the account is under attack, for an address from which nobody has logged in to it.
UNDER_ATTACK = Limit("log-ins of a new address to an account under attack", 3, 3600)
DEVICE = Limit("log-ins of a known device to an account", 10, 600)
OWN_PASSWORD = Limit("tries of the own password", 10, 600)
#: Refused log-ins to an account from anywhere, from which on it is under attack; for how long an address is known.
ATTACK = Limit("refused log-ins to an account", 100, 3600)
KNOWN = Limit("addresses of an account", 1, 90 * 24 * 3600)
#: Requests for a mailed link to set a password, by people who are not logged in.
FORGOT = (
    Limit("letters asked for from a network", 100, 600),
    Limit("letters asked for from an address", 20, 600),
    Limit("letters asked for from an address for an account", 5, 600),
)

_COUNT = text("""
insert into log_in_tries as t (key, tries, until) values (:key, 1, now() + make_interval(secs => :seconds))
on conflict (key) do update set
    tries = case when t.until <= now() then 1 else t.tries + 1 end,
    until = case when t.until <= now() then excluded.until else t.until end
returning tries, extract(epoch from until - now()) as seconds
""")
_NOW = text("select key, tries from log_in_tries where key = any(:keys) and until > now()")
_BACK = text("update log_in_tries set tries = tries - 1 where key = :key and tries > 0")
_FORGET = text("delete from log_in_tries where key = :key")
# deletes more rows than one attempt adds, so that the table stays small
_OVER = text("""
delete from log_in_tries where key in (
    select key from log_in_tries where until <= now() order by until limit 10 for update skip locked)
""")


class Throttle:
    """Counts attempts in the database, under keys hashed with `secret` that reveal no address or account."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def log_in(self, wanted: Try) -> int:
        """Counts an attempt to log in and returns 0; or returns the seconds until the next attempt is allowed."""
        with self._database.system() as connection:
            return self._count(connection, self._chain(connection, wanted))

    def refused(self, wanted: Try) -> int:
        """Counts a wrong password; returns how many the account had, from any address, in the window of `ATTACK`."""
        with self._database.system() as connection:
            connection.execute(_OVER)
            key = self._key(ATTACK, wanted.account)
            tries: int = connection.execute(_COUNT, {"key": key, "seconds": ATTACK.seconds}).one().tries
            return tries

    def right(self, wanted: Try) -> None:
        """Takes back an attempt whose password was right, and makes its address known for the account.

        Also forgets the earlier attempts on the account from the same address or device.
        """
        wide = [self._key(NETWORK, network(wanted.address)), self._key(ADDRESS, wanted.address)]
        own = [
            self._key(ADDRESS_AND_ACCOUNT, wanted.address, wanted.account),
            self._key(UNDER_ATTACK, wanted.address, wanted.account),
            self._key(DEVICE, wanted.device, wanted.account),
        ]
        known = self._key(KNOWN, wanted.address, wanted.account)
        with self._database.system() as connection:
            # in the order in which attempts are counted, so that two transactions don't deadlock
            for key in () if wanted.device else wide:
                connection.execute(_BACK, {"key": key})
            for key in (*own, known):
                connection.execute(_FORGET, {"key": key})
            connection.execute(_COUNT, {"key": known, "seconds": KNOWN.seconds})

    def letter(self, wanted: Try) -> int:
        """Counts a request for a mailed link and returns 0; or returns the seconds until a request is allowed."""
        names = ((network(wanted.address),), (wanted.address,), (wanted.address, wanted.account))
        chain = [(limit, self._key(limit, *name)) for limit, name in zip(FORGOT, names, strict=True)]
        with self._database.system() as connection:
            return self._count(connection, chain)

    def own_password(self, user: str) -> int:
        """Counts an attempt of a logged-in user to give their own password; returns as `log_in` does."""
        with self._database.system() as connection:
            return self._count(connection, [(OWN_PASSWORD, self._key(OWN_PASSWORD, user))])

    def own_password_right(self, user: str) -> None:
        """Forgets the attempts of a user who has given the right password."""
        with self._database.system() as connection:
            connection.execute(_FORGET, {"key": self._key(OWN_PASSWORD, user)})

    def _chain(self, connection: Connection, wanted: Try) -> list[tuple[Limit, bytes]]:
        if wanted.device:
            return [(DEVICE, self._key(DEVICE, wanted.device, wanted.account))]
        attack, known = self._key(ATTACK, wanted.account), self._key(KNOWN, wanted.address, wanted.account)
        now = {row.key: row.tries for row in connection.execute(_NOW, {"keys": [attack, known]})}
        strict = now.get(attack, 0) >= ATTACK.most and known not in now
        return [
            (NETWORK, self._key(NETWORK, network(wanted.address))),
            (ADDRESS, self._key(ADDRESS, wanted.address)),
            (ADDRESS_AND_ACCOUNT, self._key(ADDRESS_AND_ACCOUNT, wanted.address, wanted.account)),
            *([(UNDER_ATTACK, self._key(UNDER_ATTACK, wanted.address, wanted.account))] if strict else []),
        ]

    def _count(self, connection: Connection, chain: Sequence[tuple[Limit, bytes]]) -> int:
        connection.execute(_OVER)
        for limit, key in chain:
            counted = connection.execute(_COUNT, {"key": key, "seconds": limit.seconds}).one()
            if counted.tries > limit.most:
                return max(1, ceil(float(counted.seconds)))
        return 0

    def _key(self, limit: Limit, *names: str) -> bytes:
        return hmac.digest(self._secret, "\0".join((limit.what, *names)).encode(), sha256)


def place(address: str) -> str:
    """Returns the address to count by: of IPv6 only the first 64 bits, one household's (RFC 6177 section 2)."""
    return _prefix(address, 32, 64)


def network(address: str) -> str:
    """Returns the network of an address: /24 of IPv4, /48 of IPv6."""
    return _prefix(address, 24, 48)


def _prefix(address: str, four: int, six: int) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ip_network((ip, four if ip.version == 4 else six), strict=False).network_address)  # noqa: PLR2004
