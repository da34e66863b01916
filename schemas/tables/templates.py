"""Texts that a tenant has written once, to be filled with the words of a case."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field


class TemplateKind(StrEnum):
    """What the text is for. A tenant has any number of presets, each with a name, and one of each other kind."""

    PRESET = "preset"  # an update, offered where one is written
    INTRO = "notice_intro"  # what a notice says in front of the update
    FOOTER = "notice_footer"  # what a notice says at its end
    ASSIGNMENT = "assignment"  # the mail to who became the manager of a case, or a member of it


class Template(SQLModel, table=True):
    """A text with variables such as `{{Case.case_number}}` (cases.outgoing.templates). Only presets have a `name`."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "name"),)

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    kind: TemplateKind = Field(sa_type=Text)
    name: str = ""
    text: str
