"""Tenants and their General Case Settings."""

from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field


class Authentication(StrEnum):
    """What is asked of a mail besides its author's address."""

    OFF = "off"
    SHADOW = "shadow"  # checked and noted; decides nothing
    ENFORCE = "enforce"  # a mail whose sender is not proven does not post


class Tenant(SQLModel, table=True):
    """One customer. `mail_domain` is the domain of its reply and case addresses, in lower-case ASCII;
    several tenants may share one.

    `replies_on` is *Enable Email Update Replies*; `catch_all` the *Inbound Email Catch-All*, empty for none.
    `reply_days` is for how long a reply address works, 0 for ever; `grace_days` for how long the address of a case
    still works after it was replaced.
    """

    __tablename__ = "tenants"

    id: UUID = id_field()
    slug: str = Field(unique=True)
    name: str
    mail_domain: str = Field(index=True)
    active: bool = True
    replies_on: bool = True
    catch_all: str = ""
    reply_days: int = 365
    grace_days: int = 30
    authentication: Authentication = Field(default=Authentication.OFF, sa_type=Text)
