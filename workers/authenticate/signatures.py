"""DKIM signatures (RFC 6376), checked by dkimpy, and by what a signature must have to speak for a mail here."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import dkim

from workers.authenticate.domains import plain
from workers.authenticate.names import Names, NoAnswerError

#: Most signatures that are looked at, from the top.
MOST = 5
#: Shortest RSA key, in bits (RFC 8301 section 3.2).
MIN_KEY = 1024
#: Fields that say who, when and what: signed where they are there, and there only once.
_MUST_SIGN = (b"from", b"date", b"subject")
#: Fields that would change the mail if one more were put in.
_ONLY_ONCE = (*_MUST_SIGN, b"to", b"cc", b"message-id", b"content-type", b"content-transfer-encoding")


@dataclass(frozen=True)
class Signature:
    """One signature: who signed; why it does not count, empty when it does; and whether it covers To and Cc."""

    domain: str
    problem: str
    covers_recipients: bool = False


def check(raw: bytes, names: Names) -> list[Signature]:
    """The signatures of a mail, in their order; raises `NoAnswerError` when a key can't be asked for and no other
    signature counts."""
    found: list[Signature] = []
    unknown: NoAnswerError | None = None
    fields = dkim.DKIM(raw).headers
    count = Counter(name.lower() for name, _ in fields)
    for index in range(min(MOST, count[b"dkim-signature"])):
        try:
            found.append(_check(raw, index, count, names))
        except NoAnswerError as error:
            unknown = error
    if unknown is not None and all(signature.problem for signature in found):
        raise unknown
    return found


def asked_of(names: Names) -> Callable[..., bytes]:
    """How dkimpy asks for a key."""

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
    """Why a signature with these tags does not speak for a mail, though it may be valid; empty when it does.

    `covered` are the fields that it signs, `count` says how often each field is in the mail, all in lower case.
    """
    rules = (
        (b"l" not in tags, "it signs only a part of the body (l=)"),
        (tags.get(b"a") != b"rsa-sha1", "it is made with SHA-1 (RFC 8301)"),
        (all(name in covered for name in _MUST_SIGN if count[name]), "it does not sign From, Date and Subject"),
        (all(count[name] <= 1 for name in _ONLY_ONCE), "a field is there twice"),
        (not with_recipients or _addressed(covered, count), "it does not sign To and Cc"),
    )
    return next((words for holds, words in rules if not holds), "")


def _check(raw: bytes, index: int, count: Counter[bytes], names: Names) -> Signature:
    verifier = dkim.DKIM(raw, minkey=MIN_KEY)
    try:
        valid = verifier.verify(index, dnsfunc=asked_of(names))
    except NoAnswerError:
        raise
    except Exception as error:  # noqa: BLE001  # dkimpy raises more than its own on hostile fields; none is a pass
        return Signature(_signer(verifier), f"{type(error).__name__}: {error}"[:200])
    covered = set(verifier.include_headers or ())
    problem = gap(verifier.signature_fields or {}, covered, count) if valid else "the signature is not valid"
    return Signature(_signer(verifier), problem, _addressed(covered, count))


def _addressed(covered: Collection[bytes], count: Mapping[bytes, int]) -> bool:
    return all(name in covered for name in (b"to", b"cc") if count[name])


def _signer(verifier: dkim.DKIM) -> str:
    return plain((verifier.domain or b"").decode("utf-8", "replace"))
