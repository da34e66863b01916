"""What a recovery did, or would do."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Report:
    """Numbers, and lines about what a person must look at.

    `known` mails are in the ledger and in the store. `taken` were unknown to the ledger. `for_operator` of them went to
    the operator's held mail. `deferred` answer an update that is not there yet. `deleted` originals had been deleted or
    erased before. `held` mails lack their original, and `ended` mails that need it no more; `back` have it again.
    `erasures` were repeated. `sent` mails are known to be sent. `files` of updates are missing.
    """

    known: int = 0
    taken: int = 0
    for_operator: int = 0
    deferred: int = 0
    deleted: int = 0
    held: int = 0
    ended: int = 0
    back: int = 0
    erasures: int = 0
    sent: int = 0
    files: int = 0
    details: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Adds a line for a person."""
        self.details.append(line)

    def lines(self) -> Iterator[str]:
        """Yields the numbers, a line each; a number that is 0 and needs no one has none."""
        for number, words in (
            (self.known, "mails are in the ledger and in the blob store"),
            (self.taken, "mails were not in the ledger, and are in custody again"),
            (self.for_operator, "of these went to the operator's held mail (casemail operator-mail list)"),
            (self.deferred, "mails answer updates that are not there yet: run this again when the others have ended"),
            (self.deleted, "originals had been deleted or erased, and were deleted again"),
            (self.erasures, "erasures were carried out again"),
            (self.sent, "mails were sent before, and are not sent again"),
            (self.held, "mails are held, as their original is missing: restore blobs, and run this again"),
            (self.back, "mails whose original was missing go on"),
            (self.ended, "mails have ended, and their original is gone: lost, or deleted after the backup"),
            (self.files, "files of updates are missing"),
        ):
            if number:
                yield f"{number:>9,} {words}"
