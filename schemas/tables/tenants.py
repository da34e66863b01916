"""Tenants and their General Case Settings."""

from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger
from sqlmodel import Field, SQLModel, Text

from schemas.reasons import Disposition, Reason
from schemas.tables.base import id_field, json_field


class Receipts(StrEnum):
    """Whether the author of a mail gets a mail about its result. Only users of the tenant get such mails."""

    OFF = "off"
    PROBLEMS = "problems"  # if it did not post, or files were left out
    ALWAYS = "always"


class ClosedCases(StrEnum):
    """What becomes of an update for a closed case, by form or mail."""

    REFUSE = "refuse"
    REOPEN = "reopen"  # it posts, and opens the case again


class Authentication(StrEnum):
    """What a mail must prove besides its author's address."""

    OFF = "off"
    SHADOW = "shadow"  # checked and recorded, without effect
    LIMIT = "limit"  # a disowned mail does not post, and an unproven mail posts with the fewest rights
    ENFORCE = "enforce"  # a mail whose sender is not proven does not post


class Tenant(SQLModel, table=True):
    """One customer. `mail_domain` is the domain of its reply and case addresses, in lower-case ASCII;
    several tenants may share it.

    - `replies_on`: *Enable Email Update Replies*. `catch_all`: the *Inbound Email Catch-All*, empty for none.
    - `keep_raw_days`: for how many days the original of a mail is kept after the mail has ended.
    - `strip_sub_addresses`: an author at `ann+anything@x` is the user with `ann@x`, if no user has the whole address.
    - `reply_days`: for how many days a reply address works, 0 for ever. `grace_days`: for how many days the address of
      a case still works after it was replaced.
    - `file_policy`: a `schemas.files.FilePolicy`.
    - `arc_sealers`: the domains of forwarders whose ARC seal is trusted as proof of a mail's author.
    - `most_text`: the most characters of an update. `text_required`: whether an update needs text besides files.
    - `case_pattern` and `next_case_number` make the numbers of new cases (`cases.lifecycle.numbers`).
    - `answer_score`: the lowest score at which a mail to a reply address counts as an answer to its update.
    """

    __tablename__ = "tenants"

    id: UUID = id_field()
    slug: str = Field(unique=True)
    name: str
    mail_domain: str = Field(index=True)
    active: bool = True
    replies_on: bool = True
    catch_all: str = ""
    keep_raw_days: int = 90
    receipts: Receipts = Field(default=Receipts.OFF, sa_type=Text)
    strip_sub_addresses: bool = False
    reply_days: int = 365
    grace_days: int = 30
    authentication: Authentication = Field(default=Authentication.LIMIT, sa_type=Text)
    file_policy: dict[str, Any] = json_field(dict)
    arc_sealers: list[str] = Field(default_factory=list, sa_type=cast("Any", ARRAY(Text())))
    answer_score: int = 1
    most_text: int = 50_000
    text_required: bool = False
    case_pattern: str = "{number}"
    next_case_number: int = Field(default=1, sa_type=BigInteger)
    closed_cases: ClosedCases = Field(default=ClosedCases.REFUSE, sa_type=Text)


class ChosenDisposition(SQLModel, table=True):
    """The tenant's disposition for mails of a reason, if it is not the default of `schemas.reasons`."""

    __tablename__ = "dispositions"

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    reason: Reason = Field(primary_key=True, sa_type=Text)
    disposition: Disposition = Field(sa_type=Text)
