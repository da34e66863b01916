"""The records that travel on Kafka, one kind per topic: frozen, versioned, under 256 KiB.

Raw mail, files and long texts stay in the blob store; a record has their key (claim check). A reader ignores unknown
fields, so that a newer version of casemail can run next to it.
"""

from schemas.records.custody import Custody, FetchedMail, Override, Record
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
    "StoredFile",
    "Target",
    "ValidatedMail",
    "Verdict",
]
