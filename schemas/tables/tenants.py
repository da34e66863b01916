"""Tenants and their General Case Settings."""

from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY
from sqlmodel import Field, SQLModel, Text

from schemas.reasons import Disposition, Reason
from schemas.tables.base import id_field, json_field


class Receipts(StrEnum):
    """Whether who wrote a mail is told by mail what became of it; only users of the tenant ever are."""

    OFF = "off"
    PROBLEMS = "problems"  # when it did not post, or files of it were left out
    ALWAYS = "always"


class Authentication(StrEnum):
    """What is asked of a mail besides its author's address."""

    OFF = "off"
    SHADOW = "shadow"  # checked and noted; decides nothing
    LIMIT = "limit"  # what its author's domain disowns does not post; what is not proven posts with the least rights
    ENFORCE = "enforce"  # a mail whose sender is not proven does not post


class Tenant(SQLModel, table=True):
    """One customer. `mail_domain` is the domain of its reply and case addresses, in lower-case ASCII;
    several tenants may share one.

    `replies_on` is *Enable Email Update Replies*; `catch_all` the *Inbound Email Catch-All*, empty for none.
    `keep_raw_days` is how long originals are kept after the end of their mails, in days.
    `strip_sub_addresses`: an author at `ann+anything@x` is who has `ann@x`, where nobody has the whole address.
    `reply_days` is for how long a reply address works, 0 for ever; `grace_days` for how long the address of a case
    still works after it was replaced. `file_policy` is a `schemas.files.FilePolicy`.
    `arc_sealers` are the domains of forwarders whose word is taken for who wrote a mail, by their ARC seal; none: off.
    `most_text` is the most characters of an update, `text_required` whether files alone are none.
    `answer_score` is the least score of signs at which a mail to a reply address is an answer to its update.
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


class ChosenDisposition(SQLModel, table=True):
    """What the tenant wants done with mails of a reason, where that is not the default of `schemas.reasons`."""

    __tablename__ = "dispositions"

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    reason: Reason = Field(primary_key=True, sa_type=Text)
    disposition: Disposition = Field(sa_type=Text)
