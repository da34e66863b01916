"""Which pictures show something, as far as they look: icons, lines and logos are no files, wherever they stand.

A second table, for pictures that passed the first (rules.py): from the first to the last, on the decoded bytes.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from cases.files.examine import Examined
from cases.files.signature_pictures import Known, Sighting
from schemas.files import FileReason
from schemas.records import Attachment, Shown
from workers.attachments.part_rules import Finding, is_picture

_PIXEL = 2  # pixels; no wider or higher picture tracks
_ICON = 64  # pixels, on both sides
#: The least width and height, in pixels, of a picture that is worth keeping, by how sure it is that a person put it
#: there. A banner is `_BANNER` times as wide as high, unless it is as high as `_TALL`.
_LEAST = {Shown.CLOSING: (320, 200), Shown.END: (160, 90)}
_BANNER, _TALL = {Shown.CLOSING: 3, Shown.END: 5}, 400
#: Of a picture without known size: the least number of bytes.
_LEAST_BYTES = {Shown.CLOSING: 40_000, Shown.END: 4_000}
#: In how many earlier mails of its sender a picture was, that is taken for one of the signature, by where it is shown.
_ENOUGH = {Shown.CLOSING: 1, Shown.END: 2, Shown.WORDS: 2}
_ENOUGH_ATTACHED = 3
#: What is attached and has more bytes is never taken for one: people do attach a photo to several cases.
_MOST_ATTACHED = 100_000
#: Bits of 64 in which the marks of near-same pictures may differ; of pictures with few pixels only, as two forms or
#: letters look nearly the same, and are not. Their shapes must be the same within a tenth.
_NEAR, _MOST_PIXELS, _SHAPE = 5, 150_000, 0.1


@dataclass(frozen=True)
class Look:
    """A picture, decoded: `elsewhere` are the hashes of what the quote and the signature of the same mail show; `known`
    what was learned of its sender's pictures."""

    part: Attachment
    finding: Finding
    examined: Examined
    elsewhere: Collection[str]
    known: Sequence[Known]

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels, where the picture was measured."""
        return (self.examined.picture.width, self.examined.picture.height) if self.examined.picture else None

    @property
    def mark(self) -> int | None:
        """The perceptual mark, where the picture was measured."""
        return self.examined.picture.mark if self.examined.picture else None

    @property
    def same(self) -> list[Known]:
        """What is known of the very picture."""
        return [one for one in self.known if one.sha256 == self.examined.sha256]

    @property
    def near(self) -> list[Known]:
        """What is known of pictures that look nearly the same."""
        return [one for one in self.known if one.sha256 != self.examined.sha256 and _is_near(self, one)]


class Rule(NamedTuple):
    """One rule: `holds` gives its evidence, "" where it says nothing."""

    name: str
    holds: Callable[[Look], str]
    reason: FileReason


class Elsewhere:
    """What the quote and the signature of a mail show, decoded only where it has as many bytes as a picture that is
    asked about."""

    def __init__(self, parts: Sequence[Attachment], content: Callable[[Attachment], bytes]) -> None:
        self._parts = [part for part in parts if part.shown in (Shown.QUOTE, Shown.SIGNATURE)]
        self._content = content
        self._hashes: dict[int, str] = {}

    def same_size(self, picture: Attachment) -> set[str]:
        """The SHA-256 of those that have the size of this picture."""
        same = [part for part in self._parts if part.size == picture.size and part.part != picture.part]
        for part in same:
            if part.part not in self._hashes:
                self._hashes[part.part] = sha256(self._content(part)).hexdigest()
        return {self._hashes[part.part] for part in same}


def look_at(
    part: Attachment,
    finding: Finding,
    examined: Examined,
    elsewhere: Collection[str],
    known: Sequence[Known],
) -> Look | None:
    """The decoded part as the rules see it; None for what is no picture."""
    if not (is_picture(part) or part.shown is not Shown.NOWHERE):
        return None
    return Look(part, finding, examined, elsewhere, known)


def find(look: Look) -> Finding | None:
    """The first rule of the table that holds for a picture: why it is no file. None when it may be one, or somebody of
    the tenant said that it, or one nearly the same, is no signature."""
    if any(one.no_signature for one in (*look.same, *look.near)):
        return None
    for rule in RULES:
        if evidence := rule.holds(look):
            return Finding(rule.name, evidence, rule.reason, look.finding.inline)
    return None


def may_be_learned(part: Attachment, finding: Finding) -> bool:
    """Whether a part that may become a file is a picture of which it is noted how often it comes."""
    few = finding.inline or part.disposition != "attachment" or part.size <= _MOST_ATTACHED
    return finding.reason is None and few and (is_picture(part) or finding.inline)


def sighting(look: Look, *, hidden: bool) -> Sighting:
    """What is noted of a picture."""
    width, height = look.size or (None, None)
    return Sighting(look.part.name, look.examined.sha256, look.mark, width, height, hidden)


def _pixel(look: Look) -> str:
    return _sized(look) if _is_loose(look) and look.size and min(look.size) <= _PIXEL else ""


def _icon(look: Look) -> str:
    return _sized(look) if _is_loose(look) and look.size and max(look.size) <= _ICON else ""


def _is_loose(look: Look) -> bool:
    """Whether no person attached it: what was attached is a file, as it is in the form."""
    return look.finding.inline or look.part.disposition != "attachment"


def _small(look: Look) -> str:
    place = look.part.shown
    if place not in _LEAST:
        return ""
    if look.size is None:
        few = look.part.size < _LEAST_BYTES[place]
        return f"{look.part.size:,} bytes, {look.finding.evidence}" if few else ""
    width, height = look.size
    small = width < _LEAST[place][0] or height < _LEAST[place][1]
    banner = width >= _BANNER[place] * height and height < _TALL
    return f"{_sized(look)}, {look.finding.evidence}" if small or banner else ""


def _repeated(look: Look) -> str:
    again = look.finding.inline and look.examined.sha256 in look.elsewhere
    return "the quote or the signature of the mail shows the same picture" if again else ""


def _learned(look: Look) -> str:
    if not may_be_learned(look.part, look.finding):
        return ""
    enough = _ENOUGH.get(look.part.shown, _ENOUGH_ATTACHED)
    exact, alike = (sum(one.mails for one in known) for known in (look.same, look.near))
    # what is only nearly the same needs one mail more
    if exact < enough and exact + alike < enough + 1:
        return ""
    return f"so many earlier mails of the sender had it: {exact}, and nearly the same: {alike}"


def _is_near(look: Look, other: Known) -> bool:
    if look.mark is None or other.mark is None or not look.size or not other.width or not other.height:
        return False
    width, height = look.size
    shapes = width * other.height, height * other.width
    small = max(width * height, other.width * other.height) <= _MOST_PIXELS
    alike = abs(shapes[0] - shapes[1]) <= _SHAPE * max(shapes)
    return small and alike and (look.mark ^ other.mark).bit_count() <= _NEAR


def _sized(look: Look) -> str:
    return f"a picture of {look.size[0]} x {look.size[1]} pixels" if look.size else ""


#: From the first to the last; the first that holds decides. Beside each: why.
RULES: tuple[Rule, ...] = (
    # shows nothing; only who counts openings, or lays out a page, sends it
    Rule("tracking pixel", _pixel, FileReason.DECORATION),
    # signs of telephone, networks and the like in a signature; nobody pastes so little
    Rule("icon", _icon, FileReason.DECORATION),
    # under "Regards", and below all words, a logo or a banner is likelier than a screenshot, unless it is large
    Rule("small below the words", _small, FileReason.SIGNATURE_PICTURE),
    # the logo of a signature that was not known as one, as it stood in the thread before
    Rule("repeated", _repeated, FileReason.INLINE),
    Rule("learned", _learned, FileReason.SIGNATURE_PICTURE),
)
