"""Finds the DMARC policy of the author's domain, and whether it disowns a mail that fails."""

from collections.abc import Sequence
from dataclasses import dataclass

from dmarc import Policy

from workers.authenticate.auth_results import policy_reported
from workers.authenticate.dns_lookup import Names
from workers.authenticate.domains import disowns, policy_of, registered
from workers.authenticate.rfc8601 import Result


@dataclass(frozen=True)
class Published:
    """A published policy: `record` is None if the domain has no policy; `disowns` is whether mail that fails is
    disowned; `words` say where it was found."""

    record: Policy | None = None
    disowns: bool = False
    words: str = ""


def find(author: str, names: Names) -> Published:
    """Returns the policy of the author's domain, else of the registered domain above it (RFC 7489 section 6.6.3).

    Raises `NoAnswerError`.
    """
    for name in dict.fromkeys((author, registered(author))) if author else ():
        record = policy_of(names.texts(f"_dmarc.{name}"), author)
        if record is not None:
            above = name != author
            wanted = record.sp if above and record.sp.value else record.p
            return Published(record, disowns(record, of_domain_above=above), f"_dmarc.{name} says {wanted.value}")
    return Published()


def disowned(author: str, names: Names, results: Sequence[Result]) -> bool:
    """Returns whether a mail that fails DMARC, as a server reports, is disowned: by the policy that the server reports,
    else by the policy that is published now. Raises `NoAnswerError`."""
    named = policy_reported(results, registered(author) == author)
    return named in ("quarantine", "reject") if named else find(author, names).disowns
