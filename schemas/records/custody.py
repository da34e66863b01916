"""The base of all records, and a mail in custody."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """The base of all records: frozen, and tolerant of unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Override(Record):
    """A case worker's decision to accept a mail that did not post.

    `accepted_by` is the case worker. With `case_id`, the mail posts as a new update on that case, wherever it was sent.
    """

    accepted_by: UUID
    case_id: UUID | None = None


class Custody(Record):
    """A mail for which casemail is responsible: it is in the ledger and the blob store.

    `raw` is the blob key of the mail's bytes as they came in, `size` their number. `recipient` is the envelope
    recipient of this ledger row, `sender` the envelope sender (empty for `<>`). `run` and `override` have their values
    in the ledger when the mail went into the topics; a record of an earlier run can't end the mail. `whole_size` is the
    full size in bytes of a mail that was too large, of which only the header was kept; else 0. `heavy` means that the
    files take too long to read for the ordinary attachments stage. `batch_id` is the batch that the mail came in with;
    records of earlier versions of casemail lack it.
    """

    mail_id: UUID
    tenant_id: UUID
    raw: str
    size: int
    recipient: str
    sender: str
    received_at: datetime
    run: int = 0
    override: Override | None = None
    whole_size: int = 0
    heavy: bool = False
    batch_id: UUID | None = None


class FetchedMail(Record):
    """`inbound.parse`: a mail in custody that was not parsed yet."""

    version: Literal[1] = 1
    custody: Custody
