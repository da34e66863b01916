"""Reads a lock file: the packages, their versions and their hashes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PACKAGE = re.compile(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Locked(NamedTuple):
    """A package of a lock file; `hashes` are the SHA-256 of its files, in hex."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked(lock: Path) -> Iterator[Locked]:
    """Yields the packages of a lock file, in its order. One may come twice, for different versions of Python."""
    for entry in re.split(r"\n(?! )", lock.read_text()):
        if found := _PACKAGE.match(entry):
            yield Locked(found[1], found[2], tuple(_HASH.findall(entry)))
