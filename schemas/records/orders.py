"""Orders: records that ask a stage for work on what is stored."""

from typing import Literal
from uuid import UUID

from schemas.records.custody import Custody, Record
from schemas.records.parsed import ParsedMail


class ProofOrder(Record):
    """`inbound.authenticate`: verify the sender of this mail; `may_wait` if the result decides whether it posts.

    If the check fails in the end, the mail is held with `must_know`, and goes on as not verified without. `sealers`
    are the domains of the forwarders that the tenant trusts for mails that are not proven otherwise.
    """

    version: Literal[1] = 1
    parsed: ParsedMail
    may_wait: bool
    must_know: bool = True
    sealers: tuple[str, ...] = ()

    @property
    def custody(self) -> Custody:
        """The mail of this record."""
        return self.parsed.custody


class FetchOrder(Record):
    """`inbound.fetch`: fetch this source now; `lease` is the fencing number that the scheduler assigned."""

    version: Literal[1] = 1
    source_id: UUID
    lease: int


class FilesOrder(Record):
    """`inbound.files`: try again the files of an update that were left out because they could not be scanned."""

    version: Literal[1] = 1
    tenant_id: UUID
    update_id: UUID


class SendOrder(Record):
    """`outbox.send`: send these rows of the outbox, which are due."""

    version: Literal[1] = 1
    tenant_id: UUID
    outbox_ids: tuple[UUID, ...]
