"""The records that an inspection of a file returns."""

from dataclasses import dataclass

from pydantic import ConfigDict

from schemas.errors import CasemailError
from schemas.files import FileReason


class UnreadableFileError(CasemailError):
    """A file can't be read as its type; the message says why, as part of a sentence for a person."""


@dataclass(frozen=True)
class Picture:
    """The look of a picture: width and height in pixels as shown, and a `mark` of 64 bits (0 to 2**64 - 1).

    Pictures that look alike have nearly the same mark: `(a ^ b).bit_count()` is the number of bits that differ.
    """

    width: int
    height: int
    mark: int


@dataclass(frozen=True)
class Finding:
    """A reason against a file; `why` is part of a sentence for a person."""

    reason: FileReason
    why: str


@dataclass(frozen=True)
class Inspection:
    """The result of `inspect`. `found` is the media type by libmagic.

    `findings` are in order of importance. They are empty for a file whose content agrees with its ending and contains
    nothing that acts by itself. `picture` and `thumbnail`, a small JPEG, are set for a picture that can be decoded.
    """

    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    found: str = ""
    findings: tuple[Finding, ...] = ()
    picture: Picture | None = None
    thumbnail: bytes = b""
