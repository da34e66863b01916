"""Checks the Authenticated Received Chain (RFC 8617): what a forwarder found before it changed a mail.

A chain proves only that its sealers claim something. So only the topmost set counts, only if its sealer is on the
tenant's list, and only if it is valid together with all sets below it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dkim
from dkim.util import parse_tag_value

from workers.authenticate.dkim_check import MIN_KEY, gap, key_lookup, known_by, names_in
from workers.authenticate.dns_lookup import Names, NoAnswerError
from workers.authenticate.domains import plain
from workers.authenticate.rfc8601 import Result, read

#: Most sets of a chain; each costs two look-ups and two signatures.
MOST = 5

_SEAL, _SIGNATURE, _RESULTS = b"arc-seal", b"arc-message-signature", b"arc-authentication-results"
#: In ARC-Authentication-Results the instance comes first (RFC 8617 section 4.1.1); the other fields are lists of tags
#: in any order (sections 4.1.2 and 4.1.3).
#: There may be comments around it.
_SPACE = rb"(?:\s|\([^()\\]{0,200}+\))*"
_INSTANCE = re.compile(rb"%bi%b=%b([1-9][0-9]?)%b;" % (_SPACE, _SPACE, _SPACE, _SPACE))
_NUMBER = re.compile(rb"[1-9][0-9]?")

_Fields = dict[tuple[bytes, int], bytes]


@dataclass(frozen=True)
class Chain:
    """The last sealer of a mail; `problem` says why its chain does not count, empty if it does.

    `results` are the findings that the sealer states. `covered` are the fields that its signature covers, in lower
    case; `known_by` recognizes that signature (`dkim_check.known_by`).
    """

    sealer: str
    problem: str
    results: tuple[Result, ...] = ()
    covered: frozenset[bytes] = frozenset()
    known_by: str = ""


class _Numbered(bytes):
    """A signature field whose instance may be anywhere among its tags; dkimpy looks for " i=1;" in `lower()`."""

    def lower(self) -> bytes:
        """Returns the field in lower case, with its instance at the end as dkimpy looks for it."""
        return b"%b i=%d;" % (super().lower(), _instance(_SIGNATURE, self))


def check(raw: bytes, sealers: Sequence[str], names: Names) -> Chain | None:
    """Returns the chain of a mail, None for a mail without a chain; `sealers` are the trusted domains, as `plain`
    returns them.

    Looks up no names for a chain whose last sealer is not trusted. Raises `NoAnswerError`.
    """
    verifier = dkim.ARC(raw, minkey=MIN_KEY)
    verifier.headers = [
        (name, _Numbered(value) if name.lower() == _SIGNATURE else value) for name, value in verifier.headers
    ]
    found = [(name.lower(), value) for name, value in verifier.headers]
    count = Counter(name for name, _ in found)
    if not any(count[name] for name in (_SEAL, _SIGNATURE, _RESULTS)):
        return None
    sets = _sets(found)
    if not sets:
        return Chain("", f"the sets are not whole, or are more than {MOST}")
    last = max(instance for _, instance in sets)
    try:
        seal, signature = (parse_tag_value(sets[name, last]) for name in (_SEAL, _SIGNATURE))
    except dkim.util.InvalidTagValueList:
        return Chain("", "its topmost set can't be read")
    sealer = _domain(seal)
    if sealer not in sealers or _domain(signature) != sealer:
        return Chain(sealer, "its last sealer is not trusted here")
    covered = names_in(signature)
    if problem := gap(signature, covered, count, with_recipients=True):
        return Chain(sealer, problem)
    chain = _verified(verifier, sealer, names)
    return replace(chain, covered=covered, known_by=known_by(signature))


def _verified(verifier: dkim.ARC, sealer: str, names: Names) -> Chain:
    try:
        end, sets, why = verifier.verify(dnsfunc=key_lookup(names))
    except NoAnswerError:
        raise
    except Exception as error:  # noqa: BLE001  # hostile fields make dkimpy raise any exception, never a pass
        return Chain(sealer, f"{type(error).__name__}: {error}"[:200])
    if end != dkim.CV_Pass:
        return Chain(sealer, f"it is not valid: {why}"[:200])
    said = _INSTANCE.sub(b"", sets[0]["aar-value"], count=1).decode("utf-8", "replace")
    return Chain(sealer, "", tuple(read(said)[1]))


def _sets(fields: Sequence[tuple[bytes, bytes]]) -> _Fields:
    """Returns the fields by name and instance, if each instance from 1 on has each field exactly once; else nothing."""
    sets: _Fields = {}
    for name, value in fields:
        if name not in (_SEAL, _SIGNATURE, _RESULTS):
            continue
        instance = _instance(name, value)
        if not instance or (name, instance) in sets:
            return {}
        sets[name, instance] = value
    most = len(sets) // 3
    whole = {(name, instance) for name in (_SEAL, _SIGNATURE, _RESULTS) for instance in range(1, most + 1)}
    return sets if sets.keys() == whole and most <= MOST else {}


def _instance(name: bytes, value: bytes) -> int:
    """Returns the instance of a field of this name; 0 if it is missing or invalid."""
    if name == _RESULTS:
        first = _INSTANCE.match(value)
        return int(first[1]) if first else 0
    try:
        written = parse_tag_value(value).get(b"i", b"")
    except dkim.util.InvalidTagValueList:
        return 0
    return int(written) if _NUMBER.fullmatch(written) else 0


def _domain(tags: dict[bytes, bytes]) -> str:
    return plain(tags.get(b"d", b"").decode("utf-8", "replace"))
