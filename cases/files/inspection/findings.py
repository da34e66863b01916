"""What came of looking into a file."""

from dataclasses import dataclass

from pydantic import ConfigDict

from schemas.errors import CasemailError
from schemas.files import FileReason


class Unreadable(CasemailError):  # noqa: N818  the name says what happened
    """It can't be read as what it is said to be; the message says why, in a sentence part for a person."""


@dataclass(frozen=True)
class Picture:
    """What a picture looks like: width and height in pixels as it is shown, and a mark of 64 bits (0 to 2**64 - 1) of
    which near-same pictures share nearly all: `(a ^ b).bit_count()` is how many they don't."""

    width: int
    height: int
    mark: int


@dataclass(frozen=True)
class Finding:
    """Something that speaks against a file, and a sentence part about it for a person."""

    reason: FileReason
    why: str


@dataclass(frozen=True)
class Look:
    """`found` is the type that libmagic finds. `findings` are in the order in which they count; none for a file that
    is what it says and has nothing in it that acts. `picture` and `thumbnail`, a small JPEG, are there for a picture
    that can be decoded."""

    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    found: str = ""
    findings: tuple[Finding, ...] = ()
    picture: Picture | None = None
    thumbnail: bytes = b""
