"""DKIM signatures (RFC 6376), checked by dkimpy, and by what a signature must have to speak for a mail here."""

from collections import Counter
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


def _check(raw: bytes, index: int, count: Counter[bytes], names: Names) -> Signature:
    def key(name: bytes, **_: object) -> bytes:
        return "".join(names.texts(name.decode("ascii", "replace"))[:1]).encode("ascii", "replace")

    verifier = dkim.DKIM(raw, minkey=MIN_KEY)
    try:
        valid = verifier.verify(index, dnsfunc=key)
    except NoAnswerError:
        raise
    except Exception as error:  # noqa: BLE001  # dkimpy raises more than its own on hostile fields; none is a pass
        return Signature(_signer(verifier), f"{type(error).__name__}: {error}"[:200])
    covered = set(verifier.include_headers or ())
    fields = verifier.signature_fields or {}
    rules = (
        (valid, "the signature is not valid"),
        (b"l" not in fields, "it signs only a part of the body (l=)"),
        (fields.get(b"a") != b"rsa-sha1", "it is made with SHA-1 (RFC 8301)"),
        (all(name in covered for name in _MUST_SIGN if count[name]), "it does not sign From, Date and Subject"),
        (all(count[name] <= 1 for name in _ONLY_ONCE), "a field is there twice"),
    )
    problem = next((words for holds, words in rules if not holds), "")
    addressed = all(name in covered for name in (b"to", b"cc") if count[name])
    return Signature(_signer(verifier), problem, addressed)


def _signer(verifier: dkim.DKIM) -> str:
    return plain((verifier.domain or b"").decode("utf-8", "replace"))
