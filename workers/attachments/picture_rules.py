"""Decides whether decoded pictures are files: icons, lines, logos and pictures of signatures are not.

A second table of rules, for pictures that passed the table in part_rules.py; the first rule that holds decides.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from cases.files.examine import Examined
from cases.files.signature_pictures import KnownPicture, Sighting
from schemas.files import FileReason
from schemas.records import Attachment, Shown
from workers.attachments.part_rules import RuleMatch, is_picture

_PIXEL = 2  # pixels, width or height; no tracking pixel is larger
_ICON = 64  # pixels, on both sides
#: The least width and height, in pixels, of a picture worth keeping, by the place where it is shown. A picture at least
#: `_BANNER` times as wide as high is a banner, unless it is at least `_TALL` pixels high.
_LEAST = {Shown.CLOSING: (320, 200), Shown.END: (160, 90)}
_BANNER, _TALL = {Shown.CLOSING: 3, Shown.END: 5}, 400
#: The least number of bytes of a picture whose width and height are unknown.
_LEAST_BYTES = {Shown.CLOSING: 40_000, Shown.END: 4_000}
#: After this many earlier mails from the same sender, a picture counts as part of the signature, by the place where it
#: is shown.
_ENOUGH = {Shown.CLOSING: 1, Shown.END: 2, Shown.WORDS: 2}
_ENOUGH_ATTACHED = 3
#: A larger attachment, in bytes, never counts as part of the signature: people do attach a photo to several cases.
_MOST_ATTACHED = 100_000
#: Two pictures are nearly the same if their perceptual marks differ in at most `_NEAR` of 64 bits, their ratios of
#: width to height by at most a tenth, and neither has more pixels than `_MOST_PIXELS`: larger pictures may be two
#: scanned forms or letters, which look alike but are not the same.
_NEAR, _MOST_PIXELS, _RATIO = 5, 150_000, 0.1


@dataclass(frozen=True)
class DecodedPicture:
    """A decoded picture. `quoted_hashes`: the SHA-256 of pictures of its size in quote and signature of the mail.
    `known`: the pictures in earlier mails from the same sender."""

    part: Attachment
    match: RuleMatch
    examined: Examined
    quoted_hashes: Collection[str]
    known: Sequence[KnownPicture]

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels, if the picture was measured."""
        return (self.examined.picture.width, self.examined.picture.height) if self.examined.picture else None

    @property
    def mark(self) -> int | None:
        """The perceptual mark, if the picture was measured."""
        return self.examined.picture.mark if self.examined.picture else None

    @property
    def same(self) -> list[KnownPicture]:
        """Known pictures with the same bytes."""
        return [known for known in self.known if known.sha256 == self.examined.sha256]

    @property
    def near(self) -> list[KnownPicture]:
        """Known pictures that look nearly the same."""
        return [known for known in self.known if known.sha256 != self.examined.sha256 and _is_near(self, known)]


class PictureRule(NamedTuple):
    """A rule; `holds` returns the evidence, "" if the rule does not hold; `reason` is why the picture is left out."""

    name: str
    holds: Callable[[DecodedPicture], str]
    reason: FileReason


class QuotedPictures:
    """The pictures in quote and signature of a mail; decoded only when another picture has the same size in bytes."""

    def __init__(self, parts: Sequence[Attachment], content: Callable[[Attachment], bytes]) -> None:
        self._parts = [part for part in parts if part.shown in (Shown.QUOTE, Shown.SIGNATURE)]
        self._content = content
        self._hashes: dict[int, str] = {}

    def same_size(self, picture: Attachment) -> set[str]:
        """Returns the SHA-256 hashes of those pictures that have as many bytes as `picture`."""
        same = [part for part in self._parts if part.size == picture.size and part.part != picture.part]
        for part in same:
            if part.part not in self._hashes:
                self._hashes[part.part] = sha256(self._content(part)).hexdigest()
        return {self._hashes[part.part] for part in same}


def decoded_picture(
    part: Attachment,
    match: RuleMatch,
    examined: Examined,
    quoted_hashes: Collection[str],
    known: Sequence[KnownPicture],
) -> DecodedPicture | None:
    """Returns the decoded part for the rules; None if it is not a picture."""
    if not (is_picture(part) or part.shown is not Shown.NOWHERE):
        return None
    return DecodedPicture(part, match, examined, quoted_hashes, known)


def first_match(picture: DecodedPicture) -> RuleMatch | None:
    """Returns the first rule that holds for a picture, which is then left out; None if it may be a file.

    No rule applies if a user of the tenant marked this picture, or nearly the same picture, as not part of a signature.
    """
    if any(known.no_signature for known in (*picture.same, *picture.near)):
        return None
    for rule in RULES:
        if evidence := rule.holds(picture):
            return RuleMatch(rule.name, evidence, rule.reason, picture.match.inline)
    return None


def may_be_learned(part: Attachment, match: RuleMatch) -> bool:
    """Returns whether a part is a picture that may become a file and whose repetitions are counted."""
    few = match.inline or part.disposition != "attachment" or part.size <= _MOST_ATTACHED
    return match.reason is None and few and (is_picture(part) or match.inline)


def sighting(picture: DecodedPicture, *, hidden: bool) -> Sighting:
    """Returns the record of a picture, to be noted for later mails from the sender."""
    width, height = picture.size or (None, None)
    return Sighting(picture.part.name, picture.examined.sha256, picture.mark, width, height, hidden)


def _pixel(picture: DecodedPicture) -> str:
    return _sized(picture) if _is_unattached(picture) and picture.size and min(picture.size) <= _PIXEL else ""


def _icon(picture: DecodedPicture) -> str:
    return _sized(picture) if _is_unattached(picture) and picture.size and max(picture.size) <= _ICON else ""


def _is_unattached(picture: DecodedPicture) -> bool:
    """Returns whether no person attached the picture: an attached picture is a file, as in the web form."""
    return picture.match.inline or picture.part.disposition != "attachment"


def _small(picture: DecodedPicture) -> str:
    place = picture.part.shown
    if place not in _LEAST:
        return ""
    if picture.size is None:
        few = picture.part.size < _LEAST_BYTES[place]
        return f"{picture.part.size:,} bytes, {picture.match.evidence}" if few else ""
    width, height = picture.size
    small = width < _LEAST[place][0] or height < _LEAST[place][1]
    banner = width >= _BANNER[place] * height and height < _TALL
    return f"{_sized(picture)}, {picture.match.evidence}" if small or banner else ""


def _repeated(picture: DecodedPicture) -> str:
    again = picture.match.inline and picture.examined.sha256 in picture.quoted_hashes
    return "the quote or the signature of the mail shows the same picture" if again else ""


def _learned(picture: DecodedPicture) -> str:
    if not may_be_learned(picture.part, picture.match):
        return ""
    enough = _ENOUGH.get(picture.part.shown, _ENOUGH_ATTACHED)
    exact, alike = (sum(known.mails for known in pictures) for pictures in (picture.same, picture.near))
    # if pictures are only nearly the same, one more mail is needed
    if exact < enough and exact + alike < enough + 1:
        return ""
    return f"so many earlier mails of the sender had it: {exact}, and nearly the same: {alike}"


def _is_near(picture: DecodedPicture, other: KnownPicture) -> bool:
    if picture.mark is None or other.mark is None or not picture.size or not other.width or not other.height:
        return False
    width, height = picture.size
    products = width * other.height, height * other.width
    small = max(width * height, other.width * other.height) <= _MOST_PIXELS
    alike = abs(products[0] - products[1]) <= _RATIO * max(products)
    return small and alike and (picture.mark ^ other.mark).bit_count() <= _NEAR


def _sized(picture: DecodedPicture) -> str:
    return f"a picture of {picture.size[0]} x {picture.size[1]} pixels" if picture.size else ""


#: In order: the first rule that holds decides. To add a rule, add a row, with a comment that says why.
RULES: tuple[PictureRule, ...] = (
    # shows nothing; senders use it to count how often a mail is opened, or for layout
    PictureRule("tracking pixel", _pixel, FileReason.DECORATION),
    # the icons of telephone and social networks in a signature; nobody pastes anything so small
    PictureRule("icon", _icon, FileReason.DECORATION),
    # below "Regards" or at the end, a logo or banner is more likely than a screenshot, unless the picture is large
    PictureRule("small below the words", _small, FileReason.SIGNATURE_PICTURE),
    # the logo of a signature that was not recognised, also shown earlier in the thread
    PictureRule("repeated", _repeated, FileReason.INLINE),
    PictureRule("learned", _learned, FileReason.SIGNATURE_PICTURE),
)
