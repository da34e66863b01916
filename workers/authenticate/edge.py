"""What a trusted mail server in front of us found, as it wrote it into Authentication-Results (RFC 8601).

Only the topmost field of the configured authserv-id counts; every other one is the sender's word. The edge must take
out fields with its own id that come from outside (RFC 8601 section 5).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message

from workers.authenticate.domains import aligned, plain

_FIELD = "Authentication-Results"
_LONGEST = 10_000
#: A comment stands after white space (RFC 8601 section 2.2 allows more); one glued to a value may hide a part of it.
_COMMENT = re.compile(r"(?<=[\s;])\([^()\\\"]*\)")
_RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/[0-9]+)?\s*=\s*([a-z]+)(?=\s|$)(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\s+([a-z.]+)\s*=\s*([^\s\"();]+|\"[^\"]*\")", re.IGNORECASE)
_MAILBOX = re.compile(r"(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@)?([A-Za-z0-9.-]+)", re.ASCII)
#: What of each method names the domain that it speaks for.
_DOMAIN_OF = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}


@dataclass(frozen=True)
class Result:
    """One result: the method, what came out, and its properties such as `header.d`."""

    method: str
    outcome: str
    properties: dict[str, str] = field(default_factory=dict)


def results(header: Message, authserv_id: str) -> list[Result] | None:
    """What the edge of this id found; None when it wrote nothing. A field that can't be read has no results."""
    for value in header.get_all(_FIELD, []):
        identity, found = read(str(value))
        if identity == authserv_id.lower():
            return found
    return None


def read(value: str) -> tuple[str, list[Result]]:
    """The authserv-id of a field, in lower case, and its results; none where they can't be read."""
    text = _COMMENT.sub(" ", " " + " ".join(value[:_LONGEST].split()))
    identity, _, rest = text.partition(";")
    words = identity.split()
    return (words[0].lower() if words else ""), list(_read(rest))


def shown(found: Iterable[Result]) -> str:
    """The results in short, for a person."""
    return "; ".join(f"{one.method}={one.outcome}" for one in found) or "nothing that can be read"


def _read(text: str) -> Iterable[Result]:
    parts = text.split(";")
    if any(char in text for char in "()\\"):
        return
    for part in parts:
        found = _RESULT.fullmatch(part)
        if not found:
            continue
        method, outcome, rest = found.groups()
        pairs = _PROPERTY.findall(rest)
        names = [name.lower() for name, _ in pairs]
        # what is left over, or said twice, makes the result unclear: then it is none
        if _PROPERTY.sub("", rest).strip() or len(set(names)) < len(names):
            continue
        yield Result(method.lower(), outcome.lower(), dict(zip(names, (text for _, text in pairs), strict=True)))


def vouches(found: Iterable[Result], author: str) -> bool | None:
    """Whether the results prove mail of the domain `author`; None when the edge itself could not find out.

    The edge's word on DMARC decides; where it has none, an aligned pass of DKIM or SPF (of MAIL FROM) does.
    """
    found = list(found)
    policy = [one for one in found if one.method == "dmarc" and one.outcome != "none"]
    if policy:
        (first, *more) = policy
        if more or first.outcome == "temperror":
            return False if more else None
        return first.outcome == "pass" and bool(author) and plain(first.properties.get("header.from", "")) == author
    vouching = [one for one in found if one.method in _DOMAIN_OF]
    if any(one.outcome == "pass" and aligned(author, _domain(one), None) for one in vouching):
        return True
    return None if any(one.outcome == "temperror" for one in vouching) else False


def _domain(result: Result) -> str:
    values = [result.properties[name] for name in _DOMAIN_OF[result.method] if name in result.properties]
    mailbox = _MAILBOX.fullmatch(values[0]) if values else None
    return plain(mailbox.group(1)) if mailbox else ""
