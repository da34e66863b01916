"""Asking the domain name system, with a limit on the time of all questions about one mail."""

import time

import dns.exception
import dns.nameserver
import dns.resolver

from schemas.errors import CasemailError

#: Seconds for all questions about one mail together.
SECONDS = 10.0
#: Seconds for one question.
_QUESTION_SECONDS = 5.0


class NoAnswerError(CasemailError):
    """No name server answered in time, or none could: what was asked is not known."""


class Names:
    """The questions about one mail; `servers` as `host:port` separated by commas, empty for those of this machine."""

    def __init__(self, servers: str = "", *, seconds: float = SECONDS) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        self._resolver.cache = None
        if servers:
            self._resolver.nameservers = [_server(one) for one in servers.split(",")]
        self._until = time.monotonic() + seconds

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, none where there are none; raises `NoAnswerError`."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise NoAnswerError(f"no time is left to ask for {name}")
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=min(left, _QUESTION_SECONDS), search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.SyntaxError, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return []  # no name that anybody could publish under
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerError(f"{name}: {error}") from error
        return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def _server(written: str) -> dns.nameserver.Nameserver:
    host, _, port = written.strip().rpartition(":")
    return dns.nameserver.Do53Nameserver(host, int(port))
