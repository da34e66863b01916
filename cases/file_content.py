"""What a file is, told from its bytes, and whether the tenant lets it in: the same for the form and for mail."""

from dataclasses import dataclass
from hashlib import sha256

from cases.file_types import agreed_type, ending, sniff
from schemas.files import FILE_REASONS, FilePolicy, FileReason


@dataclass(frozen=True)
class Picture:
    """What a picture looks like: width and height in pixels, and a mark that near-same pictures share nearly."""

    width: int
    height: int
    mark: int


@dataclass(frozen=True)
class Examined:
    """What came of looking at a file: the type under which it is stored, and why it is left out, if it is.

    `why` is a sentence part for a person. `picture` is there for pictures that could be measured.
    `thumbnail` is a small picture of it that is safe to show, empty for none.
    """

    content_type: str
    sha256: str
    reason: FileReason | None = None
    why: str = ""
    picture: Picture | None = None
    thumbnail: bytes = b""


def examine(name: str, content: bytes, policy: FilePolicy) -> Examined:
    """Looks at one file. Whatever the bytes, the answer is a record."""
    found = sniff(content)
    agreed = agreed_type(name, found)
    digest = sha256(content).hexdigest()
    if agreed is None:
        why = f"its content is {found}, not what {ending(name)!r} says"
        return Examined(found, digest, FileReason.CONTENT, why)
    if len(content) > policy.most_bytes:
        return Examined(agreed, digest, FileReason.TOO_LARGE, FILE_REASONS[FileReason.TOO_LARGE])
    return Examined(agreed, digest)
