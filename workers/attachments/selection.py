"""Which parts of a mail are candidates for files of the update, and the order in which they are taken.

The order, which never depends on anything but the mail: what the rules call a file before the pictures that the words
show, both in the order of the mail. Of the same bytes the first is taken. What is over the tenant's count or sizes is
left out, and the next may still fit.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cases.files.types import unsupported
from schemas.files import FILE_REASONS, FileReason
from schemas.records import Attachment, LeftOut
from workers.attachments import part_rules
from workers.attachments.part_rules import Finding
from workers.parse.mime.filenames import with_ending


class Candidate(NamedTuple):
    """A part under the name that it has as a file, and the rule by which it may become one, or not."""

    part: Attachment
    finding: Finding


def candidates(attachments: Sequence[Attachment]) -> tuple[list[Candidate], list[LeftOut]]:
    """Splits the parts into candidates, in the order in which they are taken, and those left out with the reason, as
    far as the mail's own words tell."""
    decided = [decide(attachment) for attachment in attachments]
    taken = [one for one in decided if one.finding.reason is None]
    out = [left_out(part, found.reason, why_of(found)) for part, found in decided if found.reason is not None]
    taken.sort(key=lambda one: (one.finding.inline, one.part.part))
    return taken, out


def decide(attachment: Attachment) -> Candidate:
    """What the mail's own words tell of one part, and the name that it has as a file."""
    part = attachment.model_copy(update={"name": with_ending(attachment.name, attachment.declared_type)})
    finding = part_rules.find(part)
    if finding.reason is None and (why := unsupported(part.name)):
        finding = Finding("type", why, FileReason.TYPE, finding.inline)
    return Candidate(part, finding)


def left_out(attachment: Attachment, reason: FileReason, why: str = "") -> LeftOut:
    """The note that a part did not become a file; `why` says it more fully than the reason's own words."""
    return LeftOut(name=attachment.name, reason=reason, why=why or FILE_REASONS[reason], part=attachment.part)


def why_of(finding: Finding) -> str:
    """What is noted of a finding: its evidence, but for those whose reason tells a person more."""
    return "" if finding.reason in (FileReason.TNEF, FileReason.EMPTY) else finding.evidence


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 // 10 != 1 else "th"
    return f"{number}{ending}"
