"""The keys of raw mails, which are in packs: `TENANT/raw/BATCH/PACK@OFFSET+LENGTH.SHA256`.

Older raw mails have a file of their own, and keys like those of other blobs: `TENANT/raw/BATCH/SHA256`.
"""

from dataclasses import dataclass
from typing import Self
from uuid import uuid4

#: The name of a tenant's folder of raw mails, which has a folder for each batch.
RAW = "raw"


@dataclass(frozen=True)
class Place:
    """Where a raw mail is: its pack, the offset of its head there, its length and its SHA-256 in hex."""

    pack: str
    offset: int
    length: int
    digest: str

    @classmethod
    def of(cls, key: str) -> Self | None:
        """Returns the place that a key names; None for the key of a blob that is not in a pack."""
        pack, in_pack, place = key.partition("@")
        if not in_pack:
            return None
        numbers, _, digest = place.partition(".")
        offset, _, length = numbers.partition("+")
        return cls(pack, int(offset), int(length), digest)

    def __str__(self) -> str:
        return f"{self.pack}@{self.offset}+{self.length}.{self.digest}"


def is_raw(key: str) -> bool:
    """Returns whether the key of a blob is that of a raw mail."""
    return key.split("/")[1:2] == [RAW]


def new_pack(folder: str) -> str:
    """Returns the name of a new pack for the raw mails of a batch."""
    return f"{folder}/{uuid4().hex}"
