"""Texts of a tenant with variables that are filled in for a case."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field


class TemplateKind(StrEnum):
    """What a text is used for. A tenant has any number of named presets, and one text of each other kind."""

    PRESET = "preset"  # an update, offered on the form
    INTRO = "notice_intro"  # in a notice, above the update
    FOOTER = "notice_footer"  # at the end of a notice
    ASSIGNMENT = "assignment"  # the mail to the new manager or member of a case


class Template(SQLModel, table=True):
    """A text with variables such as `{{Case.case_number}}` (cases.outgoing.templates). Only presets have a `name`."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "name"),)

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    kind: TemplateKind = Field(sa_type=Text)
    name: str = ""
    text: str
