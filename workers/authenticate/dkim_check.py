"""Checks DKIM signatures (RFC 6376) with dkimpy, and whether they sign enough to speak for a mail here."""

from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import dkim
from dkim.util import parse_tag_value

from workers.authenticate.dns_lookup import Names, NoAnswerError
from workers.authenticate.domains import plain

#: Most signatures that are checked, from the top.
MOST = 5
#: Shortest RSA key, in bits (RFC 8301 section 3.2).
MIN_KEY = 1024
#: Fields that name author, time and subject: they must be signed if present, and present only once.
_MUST_SIGN = (b"from", b"date", b"subject")
#: Fields that would change the mail if they were added a second time.
_ONLY_ONCE = (
    *(*_MUST_SIGN, b"to", b"cc", b"message-id"),
    *(b"content-type", b"content-transfer-encoding", b"content-disposition", b"mime-version"),
)
_FIELD = b"dkim-signature"


@dataclass(frozen=True)
class Signature:
    """A signature by `domain`. `problem` says why it does not count, empty if it does; `valid` is as in RFC 6376 and
    8301.

    `covered` are the fields that it signs, in lower case; `covers_recipients`, whether To and Cc are among them, if
    present. `known_by` recognizes it in another mail, see `known_by`.
    """

    domain: str
    problem: str
    valid: bool = False
    covered: frozenset[bytes] = frozenset()
    covers_recipients: bool = False
    known_by: str = ""


def check(raw: bytes, names: Names) -> list[Signature]:
    """Returns the signatures of a mail, in their order.

    Raises `NoAnswerError` when a key can't be looked up and no other signature counts.
    """
    found: list[Signature] = []
    unknown: NoAnswerError | None = None
    count = Counter(name.lower() for name, _ in dkim.DKIM(raw).headers)
    for index in range(min(MOST, count[_FIELD])):
        try:
            found.append(_check(raw, index, count, names))
        except NoAnswerError as error:
            unknown = error
    if unknown is not None and all(signature.problem for signature in found):
        raise unknown
    return found


def written(raw: bytes) -> Iterator[tuple[Signature, dict[str, str]]]:
    """Yields the signatures of a mail unverified, because a trusted server says that they are valid; each with its tags
    `d`, `s` and `b`. Unreadable signatures are left out."""
    fields = dkim.DKIM(raw).headers
    count = Counter(name.lower() for name, _ in fields)
    for value in [value for name, value in fields if name.lower() == _FIELD][:MOST]:
        try:
            tags = parse_tag_value(value)
        except dkim.util.InvalidTagValueList:
            continue
        covered = names_in(tags)
        problem = gap(tags, covered, count)
        read = {name: _text(tags, name.encode()) for name in ("d", "s", "b")}
        domain, recipients = plain(read["d"]), _addressed(covered, count)
        yield Signature(domain, problem, True, covered, recipients, known_by(tags)), read


def key_lookup(names: Names) -> Callable[..., bytes]:
    """Returns the function with which dkimpy looks up a key."""

    def key(name: bytes, **_: object) -> bytes:
        return "".join(names.texts(name.decode("ascii", "replace"))[:1]).encode("ascii", "replace")

    return key


def gap(
    tags: Mapping[bytes, bytes],
    covered: Collection[bytes],
    count: Mapping[bytes, int],
    *,
    with_recipients: bool = False,
) -> str:
    """Returns why a signature with these tags does not speak for a mail, even if it is valid; empty if it does.

    `covered` are the fields that it signs, `count` is how often each field is in the mail, all in lower case.
    """
    rules = (
        (b"l" not in tags, "it signs only a part of the body (l=)"),
        (not _is_sha1(tags), "it is made with SHA-1 (RFC 8301)"),
        (all(name in covered for name in _MUST_SIGN if count[name]), "it does not sign From, Date and Subject"),
        (all(count[name] <= 1 for name in _ONLY_ONCE), "a field is there twice"),
        (not with_recipients or _addressed(covered, count), "it does not sign To and Cc"),
    )
    return next((words for holds, words in rules if not holds), "")


def names_in(tags: Mapping[bytes, bytes]) -> frozenset[bytes]:
    """Returns the names of the fields that a signature with these tags covers, in lower case."""
    return frozenset(name.strip().lower() for name in tags.get(b"h", b"").split(b":"))


def known_by(tags: Mapping[bytes, bytes]) -> str:
    """Returns an id by which a signature is recognized, however its field is folded and its text encoded: the SHA-256
    of its domain, its selector and its octets, in hexadecimal. Two mails share it only if what it signs is the same."""
    try:
        octets = b64decode(b"".join(tags.get(b"b", b"").split()))
    except ValueError:
        octets = tags.get(b"b", b"")
    parts = (plain(_text(tags, b"d")), _text(tags, b"s").lower())
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape") + b"\0" + octets).hexdigest()


def _check(raw: bytes, index: int, count: Counter[bytes], names: Names) -> Signature:
    verifier = dkim.DKIM(raw, minkey=MIN_KEY)
    try:
        valid = verifier.verify(index, dnsfunc=key_lookup(names))
    except NoAnswerError:
        raise
    except Exception as error:  # noqa: BLE001  # hostile fields make dkimpy raise any exception, never a pass
        return Signature(_signer(verifier), f"{type(error).__name__}: {error}"[:200])
    tags = verifier.signature_fields or {}
    if not valid:
        return Signature(_signer(verifier), "the signature is not valid")
    covered = frozenset(verifier.include_headers or ())
    return Signature(
        domain=_signer(verifier),
        problem=gap(tags, covered, count),
        valid=not _is_sha1(tags),
        covered=covered,
        covers_recipients=_addressed(covered, count),
        known_by=known_by(tags),
    )


def _is_sha1(tags: Mapping[bytes, bytes]) -> bool:
    return tags.get(b"a") == b"rsa-sha1"


def _addressed(covered: Collection[bytes], count: Mapping[bytes, int]) -> bool:
    return all(name in covered for name in (b"to", b"cc") if count[name])


def _signer(verifier: dkim.DKIM) -> str:
    return plain((verifier.domain or b"").decode("utf-8", "replace"))


def _text(tags: Mapping[bytes, bytes], name: bytes) -> str:
    return b"".join(tags.get(name, b"").split()).decode("utf-8", "replace")
