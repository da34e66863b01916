"""Orders: records that ask a stage to work on stored data."""

from typing import Literal
from uuid import UUID

from schemas.records.custody import Custody, Record
from schemas.records.parsed import ParsedMail


class ProofOrder(Record):
    """`inbound.authenticate`: verify the sender of this mail. `may_wait`: the result decides whether it posts.

    If the check fails in the end, the mail is held if `must_know` is set, and otherwise goes on as not verified.
    `sealers` are the domains of forwarders that the tenant trusts for mails that nothing else proves.
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
    """`inbound.fetch`: fetch this source now. `lease` is the fencing number that the dispatcher assigned."""

    version: Literal[1] = 1
    source_id: UUID
    lease: int


class FilesOrder(Record):
    """`inbound.files`: try again to add the files of an update that could not be scanned for malware."""

    version: Literal[1] = 1
    tenant_id: UUID
    update_id: UUID


class SendOrder(Record):
    """`outbox.send`: send the mails of these outbox rows, which are due."""

    version: Literal[1] = 1
    tenant_id: UUID
    outbox_ids: tuple[UUID, ...]
