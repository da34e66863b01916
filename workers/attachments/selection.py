"""Chooses the parts of a mail that may become files of the update, and their order.

The order depends only on the mail: first the parts that are files by the rules, then the pictures in the words, each
group in the order of the mail. Of parts with the same bytes, only the first is taken. If a part exceeds the tenant's
limits it is left out, and the next part is tried.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cases.files.types import unsupported
from schemas.files import FILE_REASONS, FileReason
from schemas.records import Attachment, LeftOut
from workers.attachments import part_rules
from workers.attachments.part_rules import RuleMatch
from workers.parse.mime.filenames import with_ending


class FileCandidate(NamedTuple):
    """A part, named as it would be as a file, and the rule that takes it or leaves it out."""

    part: Attachment
    match: RuleMatch


def candidates(attachments: Sequence[Attachment]) -> tuple[list[FileCandidate], list[LeftOut]]:
    """Returns the parts that may become files, in the order in which they are taken; and the parts that are left out by
    what the mail says about them, each with the reason."""
    decided = [decide(attachment) for attachment in attachments]
    taken = [candidate for candidate in decided if candidate.match.reason is None]
    out = [left_out(part, match.reason, explanation(match)) for part, match in decided if match.reason is not None]
    taken.sort(key=lambda candidate: (candidate.match.inline, candidate.part.part))
    return taken, out


def decide(attachment: Attachment) -> FileCandidate:
    """Returns the part, named as it would be as a file, with the rule for parts that decides on it."""
    part = attachment.model_copy(update={"name": with_ending(attachment.name, attachment.declared_type)})
    match = part_rules.first_match(part)
    if match.reason is None and (why := unsupported(part.name)):
        match = RuleMatch("type", why, FileReason.TYPE, match.inline)
    return FileCandidate(part, match)


def left_out(attachment: Attachment, reason: FileReason, why: str = "") -> LeftOut:
    """Returns the record of a part that is left out; `why` replaces the general words of the reason."""
    return LeftOut(name=attachment.name, reason=reason, why=why or FILE_REASONS[reason], part=attachment.part)


def explanation(match: RuleMatch) -> str:
    """Returns the evidence of a match, or "" if the general words of the reason are clearer to a person."""
    return "" if match.reason in (FileReason.TNEF, FileReason.EMPTY) else match.evidence


def ordinal(number: int) -> str:
    """Returns 1st, 2nd, 3rd, 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 // 10 != 1 else "th"
    return f"{number}{ending}"
