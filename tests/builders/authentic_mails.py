"""Mails whose sender is to be proven, and the authenticate stage's proof of a sender."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from schemas.records import FetchedMail, ParsedMail, Proof, ProofOrder
from schemas.tables import now
from storage import senders
from storage.resources import Resources
from tests.builders.world import World, batch_of, in_ledger
from workers.authenticate.stage import authenticate
from workers.parse.stage import parse

#: The operator's mail server.
EDGE = "mx.casemail.example"


def letter(to: str, author: str = "client@legit.org", *, date: datetime | None = None, more: str = "") -> bytes:
    """Returns an answer by this author; `more` has further header fields."""
    return (
        f"From: {author}\r\nTo: {to}\r\nSubject: Re: A leak\r\nDate: {format_datetime(date or now())}\r\n"
        f"Message-ID: <1@legit.org>\r\n{more}\r\nYes, please.\r\n"
    ).encode()


def prove(
    resources: Resources,
    world: World,
    raw: bytes,
    recipient: str,
    *,
    may_wait: bool = True,
    sealers: Sequence[str] = (),
    batch_id: UUID | None = None,
    said: str = "",
    **settings: Any,
) -> Proof:
    """Returns the proof of a mail that came in by LMTP from `EDGE`, or in the batch `batch_id`.

    `said` is what its provider reported, `sealers` are the trusted forwarders, `settings` are changes of the settings.
    """
    blob = resources.blobs.put(world.tenant_id, "raw", raw)
    custody = in_ledger(world, recipient=recipient, raw=blob, batch_id=batch_id or batch_of(world))
    if said:
        with resources.database.system() as connection:
            senders.note_said(connection, [(custody.mail_id, world.tenant_id, said)])
    mail = parse(FetchedMail(custody=custody), resources)
    assert isinstance(mail, ParsedMail)
    asked = Resources(resources.settings.replace(**settings), resources.database, resources.blobs)
    proof = authenticate(ProofOrder(parsed=mail, may_wait=may_wait, sealers=tuple(sealers)), asked).proof
    assert proof is not None
    return proof
