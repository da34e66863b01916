"""Reads Authentication-Results (RFC 8601): the findings of the mail server that took a mail from the Internet.

Only the topmost fields of that server count, up to the number that it writes, and no field below its hop: the sender
may have written all other fields. A server must remove fields with its own name that come from outside (RFC 8601
section 5).
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
#: The properties that name the domain for which a method speaks.
_DOMAIN_OF = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
#: The results of DMARC for a domain that publishes no policy.
_NO_POLICY = {"none", "bestguesspass"}
_POLICY_WORDS = {"none", "quarantine", "reject"}
#: Where a server writes the published policy: in a property, or in a comment as Google and OpenDMARC do.
_POLICY_PROPERTIES = ("policy.published-domain-policy", "policy.dmarc", "policy.policy")
_POLICY_COMMENT = re.compile(r"(?<![\w.-])(?:p|policy)\s*=\s*([a-z]+)", re.IGNORECASE)
_SUB_POLICY_COMMENT = re.compile(r"(?<![\w.-])sp\s*=\s*([a-z]+)", re.IGNORECASE)


class Word(StrEnum):
    """What a server says about the sender of a mail."""

    VOUCHES = "vouches"  # DMARC passes, or an aligned SPF or DKIM does where there is no policy
    SILENT = "silent"  # it reports nothing that proves the sender
    FAILS = "fails"  # DMARC fails
    COULD_NOT = "could not"  # the server itself could not find out


def results(header: Message, edge: Edge) -> list[Result] | None:
    """Returns the results that the mail server `edge` wrote; None if no field is certainly its own."""
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
            # a server that writes a field for each method writes each once: a repeated method is from another hop
            if {result.method for result in found or ()} & {result.method for result in these}:
                break
            found = [*(found or []), *these]
            fields += 1
            if fields == edge.fields:
                break
    return found


def word(found: Sequence[Result], author: str) -> Word:
    """Returns what the results say about a mail from the domain `author`, which is as `plain` returns it.

    DMARC decides; where the domain has no policy, an aligned pass of DKIM or of SPF (of MAIL FROM) does.
    """
    policy = [result for result in found if result.method == "dmarc" and result.outcome not in _NO_POLICY]
    if policy:
        (first, *more) = policy
        if more or not author or plain(first.properties.get("header.from", "")) != author:
            return Word.SILENT
        words = {"pass": Word.VOUCHES, "fail": Word.FAILS, "temperror": Word.COULD_NOT}
        return words.get(first.outcome, Word.SILENT)
    if by_dkim(found, author) or by_spf(found, author):
        return Word.VOUCHES
    asked = [result for result in found if result.method in _DOMAIN_OF]
    return Word.COULD_NOT if any(result.outcome == "temperror" for result in asked) else Word.SILENT


def by_spf(found: Iterable[Result], author: str) -> bool:
    """Returns whether the mail came from a server of the author's domain: then the mail is as that domain sent it."""
    return any(True for _ in _passes(found, "spf", author))


def by_dkim(found: Iterable[Result], author: str) -> list[Result]:
    """Returns the aligned signatures that the server found valid."""
    return list(_passes(found, "dkim", author))


def policy_reported(found: Iterable[Result], author_is_registered: bool) -> str:
    """Returns the published policy of the author's domain, as the server reports it: none, quarantine or reject; empty
    if it reports no policy, or is ambiguous."""
    failed = next((result for result in found if result.method == "dmarc"), None)
    if failed is None:
        return ""
    for name in _POLICY_PROPERTIES:
        if (value := failed.properties.get(name, "").lower()) in _POLICY_WORDS:
            return value
    named = {match[1].lower() for comment in failed.comments for match in _POLICY_COMMENT.finditer(comment)}
    sub = {match[1].lower() for comment in failed.comments for match in _SUB_POLICY_COMMENT.finditer(comment)}
    # for a subdomain, either p or sp counts
    said = named if author_is_registered else named | sub
    return next(iter(said)) if len(said) == 1 and said <= _POLICY_WORDS else ""


def _passes(found: Iterable[Result], method: str, author: str) -> Iterator[Result]:
    for result in found:
        if result.method == method and result.outcome == "pass" and aligned(author, _domain(result), None):
            yield result


def _domain(result: Result) -> str:
    values = [result.properties[name] for name in _DOMAIN_OF[result.method] if name in result.properties]
    return plain(_LOCAL_PART.sub("", values[0])) if values else ""
