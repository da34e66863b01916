"""Tenants and their General Case Settings."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field


class Tenant(SQLModel, table=True):
    """One customer. `mail_domain` is the domain of its reply and case addresses, in lower-case ASCII.

    `replies_on` is *Enable Email Update Replies*; `catch_all` the *Inbound Email Catch-All*, empty for none.
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
    strip_sub_addresses: bool = False
