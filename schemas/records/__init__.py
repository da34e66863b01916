"""The records on Kafka, one kind per topic: frozen, versioned, smaller than 256 KiB.

Raw mail, files and long texts stay in the blob store, and a record has only their keys (the claim check pattern).
Readers ignore unknown fields, so that a newer version of casemail can run beside an older one.
"""

from schemas.records.custody import Custody, FetchedMail, Override, Record
from schemas.records.envelope import StoredEnvelope
from schemas.records.orders import FetchOrder, FilesOrder, ProofOrder, SendOrder
from schemas.records.parsed import (
    Attachment,
    AutomaticMail,
    Body,
    Cut,
    CutKind,
    DeliveryReport,
    Failure,
    ParsedMail,
    Proof,
    Shown,
    Verdict,
)
from schemas.records.validated import FilteredMail, HeavyMail, LeftOut, Rejection, StoredFile, Target, ValidatedMail

__all__ = [
    "Attachment",
    "AutomaticMail",
    "Body",
    "Custody",
    "Cut",
    "CutKind",
    "DeliveryReport",
    "Failure",
    "FetchOrder",
    "FetchedMail",
    "FilesOrder",
    "FilteredMail",
    "HeavyMail",
    "LeftOut",
    "Override",
    "ParsedMail",
    "Proof",
    "ProofOrder",
    "Record",
    "Rejection",
    "SendOrder",
    "Shown",
    "StoredEnvelope",
    "StoredFile",
    "Target",
    "ValidatedMail",
    "Verdict",
]
