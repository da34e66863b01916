"""The parts of a mail in `casemail explain`: the rule that decided each, and its evidence; needs no server.

A tenant's policy and the pictures that it learned are not known here; the defaults are used.
"""

from collections.abc import Iterator

from cases.files.examine import examine
from schemas.files import FilePolicy
from schemas.records import Attachment
from workers.attachments import picture_rules
from workers.attachments.part_rules import RuleMatch
from workers.attachments.selection import FileCandidate, candidates, decide, ordinal
from workers.parse.mime.parts import payload
from workers.parse.read import Reading


def files(reading: Reading) -> Iterator[str]:
    """Yields a line for each part, in the order of the mail."""
    if reading.body is None:
        yield "Not looked at: the mail was rejected before that."
        return
    taken, _ = candidates(reading.attachments)
    looked = dict(_looked_at(reading, taken))
    order = [candidate.part.part for candidate in taken if looked[candidate.part.part].reason is None]
    parts = {attachment.part: attachment for attachment in reading.attachments}
    for leaf in reading.leaves:
        if leaf.number in parts:
            part, said = decide(parts[leaf.number])
            found = looked.get(leaf.number, said)
            end = f"left out, {found.reason}" if found.reason else f"the {ordinal(order.index(leaf.number) + 1)} file"
            called = f"{part.name} ({part.declared_type}, {part.size:,} bytes)"
            yield f"part {leaf.number}, {called}: {end}; rule {found.rule!r}: {found.evidence}"
        else:
            yield f"part {leaf.number} ({leaf.type}): a form of the text"
    most = FilePolicy().most_files
    if len(order) > most:
        yield f"Of {len(order)} files an update has the first {most}, unless the tenant says otherwise."


def _looked_at(reading: Reading, taken: list[FileCandidate]) -> Iterator[tuple[int, RuleMatch]]:
    """Yields for each candidate its number, and the rule that its content matched or else the rule that made it a
    candidate."""

    def content_of(part: Attachment) -> bytes:
        return payload(reading.leaves[part.part].part).data

    quoted = picture_rules.QuotedPictures(reading.attachments, content_of)
    for part, match in taken:
        content = content_of(part)
        examined = examine(part.name, content, FilePolicy(), None, part.declared_type)
        picture = picture_rules.decoded_picture(part, match, examined, quoted.same_size(part), ())
        found = picture_rules.first_match(picture) if picture else None
        if found is None and examined.reason is not None:
            found = RuleMatch("content", examined.why, examined.reason)
        yield part.part, found or match
