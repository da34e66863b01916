"""What the mail server that took a mail from the Internet found, as it wrote it into Authentication-Results (RFC 8601).

Only the topmost fields of that server count, as many as it writes and none from below its hop; every other one is the
sender's word. A server must take out fields with its own name that come from outside (RFC 8601 section 5).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from email.message import Message
from enum import StrEnum

from workers.authenticate.domains import aligned, plain
from workers.authenticate.providers import Edge
from workers.authenticate.rfc8601 import Result, read

_FIELD = "authentication-results"
_BY = re.compile(r"\bby\s+([^\s;()]+)", re.IGNORECASE)
_LOCAL_PART = re.compile(r".*@", re.DOTALL)
#: What of each method names the domain that it speaks for.
_DOMAIN_OF = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
#: What came out where DMARC has nothing to say: the domain publishes no policy.
_NO_POLICY = {"none", "bestguesspass"}
_POLICY_WORDS = {"none", "quarantine", "reject"}
#: Where a server writes the published policy: in a property of its own, or in words as Google, OpenDMARC and others do.
_POLICY_PROPERTIES = ("policy.published-domain-policy", "policy.dmarc", "policy.policy")
_POLICY_COMMENT = re.compile(r"(?<![\w.-])(?:p|policy)\s*=\s*([a-z]+)", re.IGNORECASE)
_SUB_POLICY_COMMENT = re.compile(r"(?<![\w.-])sp\s*=\s*([a-z]+)", re.IGNORECASE)


class Word(StrEnum):
    """What a server says of the sender of a mail."""

    VOUCHES = "vouches"  # DMARC passes, or an aligned SPF or DKIM does where there is no policy
    SILENT = "silent"  # it found nothing that proves the sender
    FAILS = "fails"  # DMARC fails
    COULD_NOT = "could not"  # it could not find out itself


def results(header: Message, edge: Edge) -> list[Result] | None:
    """What the edge found; None when it wrote nothing, or nothing that is surely of it."""
    found: list[Result] | None = None
    fields = 0
    for name, value in header.items():
        if name.lower() == "received":
            by = _BY.search(str(value))
            if found is not None:
                break
            if edge.hops is not None and not (by and edge.hops.fullmatch(by[1])):
                return None
        elif name.lower() == _FIELD:
            identity, these = read(str(value))
            if not edge.authserv_id.fullmatch(identity):
                continue
            # who writes a field for each method writes each once: one that says the same again is not of this hop
            if {one.method for one in found or ()} & {one.method for one in these}:
                break
            found = [*(found or []), *these]
            fields += 1
            if fields == edge.fields:
                break
    return found


def word(found: Sequence[Result], author: str) -> Word:
    """What the results say of mail of the domain `author`, as `plain` gives it.

    The edge's word on DMARC decides; where there is no policy, an aligned pass of DKIM or SPF (of MAIL FROM) does.
    """
    policy = [one for one in found if one.method == "dmarc" and one.outcome not in _NO_POLICY]
    if policy:
        (first, *more) = policy
        if more or not author or plain(first.properties.get("header.from", "")) != author:
            return Word.SILENT
        words = {"pass": Word.VOUCHES, "fail": Word.FAILS, "temperror": Word.COULD_NOT}
        return words.get(first.outcome, Word.SILENT)
    if by_dkim(found, author) or by_spf(found, author):
        return Word.VOUCHES
    asked = [one for one in found if one.method in _DOMAIN_OF]
    return Word.COULD_NOT if any(one.outcome == "temperror" for one in asked) else Word.SILENT


def by_spf(found: Iterable[Result], author: str) -> bool:
    """Whether the mail came from a server of the author's domain: then it shows what that domain sent."""
    return any(True for _ in _passes(found, "spf", author))


def by_dkim(found: Iterable[Result], author: str) -> list[Result]:
    """The aligned signatures that the edge found valid."""
    return list(_passes(found, "dkim", author))


def policy_reported(found: Iterable[Result], author_is_registered: bool) -> str:
    """The published policy of the author's domain, as the edge tells it: none, quarantine or reject; empty where it
    does not, or not beyond doubt."""
    failed = next((one for one in found if one.method == "dmarc"), None)
    if failed is None:
        return ""
    for name in _POLICY_PROPERTIES:
        if (value := failed.properties.get(name, "").lower()) in _POLICY_WORDS:
            return value
    named = {match[1].lower() for comment in failed.comments for match in _POLICY_COMMENT.finditer(comment)}
    sub = {match[1].lower() for comment in failed.comments for match in _SUB_POLICY_COMMENT.finditer(comment)}
    # of a subdomain the one or the other counts
    said = named if author_is_registered else named | sub
    return next(iter(said)) if len(said) == 1 and said <= _POLICY_WORDS else ""


def _passes(found: Iterable[Result], method: str, author: str) -> Iterator[Result]:
    for one in found:
        if one.method == method and one.outcome == "pass" and aligned(author, _domain(one), None):
            yield one


def _domain(result: Result) -> str:
    values = [result.properties[name] for name in _DOMAIN_OF[result.method] if name in result.properties]
    return plain(_LOCAL_PART.sub("", values[0])) if values else ""
