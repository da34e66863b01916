"""Looks up names in DNS, with a limit on the time of all queries for one mail."""

import time

import dns.exception
import dns.nameserver
import dns.resolver

from schemas.errors import CasemailError

#: Seconds for all queries for one mail together.
SECONDS = 10.0
#: Seconds for one query.
QUERY_SECONDS = 5.0


class NoAnswerError(CasemailError):
    """No name server answered in time, or all of them failed: the answer is not known."""


class Names:
    """The queries for one mail; `servers` are `host:port` separated by commas, empty for those of this machine."""

    def __init__(self, servers: str = "", *, seconds: float = SECONDS) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        self._resolver.cache = None
        if servers:
            self._resolver.nameservers = [_server(written) for written in servers.split(",")]
        self._until = time.monotonic() + seconds

    def exchangers(self, name: str) -> list[str]:
        """Returns the mail servers of a name by its MX records, an empty list without any. Raises `NoAnswerError`."""
        try:
            answer = self._resolver.resolve(name, "MX", lifetime=QUERY_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerError(f"{name}: {error}") from error
        return [record.exchange.to_text() for record in answer]

    def texts(self, name: str) -> list[str]:
        """Returns the TXT records of a name, an empty list for an unknown name. Raises `NoAnswerError`."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise NoAnswerError(f"no time is left to ask for {name}")
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=min(left, QUERY_SECONDS), search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.SyntaxError, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return []  # not a name that records could be published under
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerError(f"{name}: {error}") from error
        return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def _server(written: str) -> dns.nameserver.Nameserver:
    host, _, port = written.strip().rpartition(":")
    return dns.nameserver.Do53Nameserver(host, int(port))
