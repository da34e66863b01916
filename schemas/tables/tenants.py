"""Tenants and their General Case Settings."""

from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel, Text

from schemas.reasons import Disposition, Reason
from schemas.tables.base import id_field


class Receipts(StrEnum):
    """Whether who wrote a mail is told by mail what became of it; only users of the tenant ever are."""

    OFF = "off"
    PROBLEMS = "problems"  # when it did not post, or files of it were left out
    ALWAYS = "always"


class Tenant(SQLModel, table=True):
    """One customer. `mail_domain` is the domain of its reply and case addresses, in lower-case ASCII.

    `replies_on` is *Enable Email Update Replies*; `catch_all` the *Inbound Email Catch-All*, empty for none.
    `keep_raw_days` is how long originals are kept after the end of their mails, in days.
    `strip_sub_addresses`: an author at `ann+anything@x` is who has `ann@x`, where nobody has the whole address.
    """

    __tablename__ = "tenants"

    id: UUID = id_field()
    slug: str = Field(unique=True)
    name: str
    mail_domain: str = Field(unique=True)
    active: bool = True
    replies_on: bool = True
    catch_all: str = ""
    keep_raw_days: int = 90
    receipts: Receipts = Field(default=Receipts.OFF, sa_type=Text)
    strip_sub_addresses: bool = False


class ChosenDisposition(SQLModel, table=True):
    """What the tenant wants done with mails of a reason, where that is not the default of `schemas.reasons`."""

    __tablename__ = "dispositions"

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    reason: Reason = Field(primary_key=True, sa_type=Text)
    disposition: Disposition = Field(sa_type=Text)
