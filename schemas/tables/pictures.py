"""Pictures that come with an author's mails again and again, as those of signatures do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, named_by_tenant, of_tenant, time_field


class SignaturePicture(SQLModel, table=True):
    """A picture in mails of this author that might have become a file.

    `mark` is a perceptual hash as a signed 64-bit number: similar pictures differ in few bits. It is null, as are the
    sizes in pixels, where the picture could not be measured. `no_signature`: a user said that it is a file.
    """

    __tablename__ = "signature_pictures"
    __table_args__ = (
        named_by_tenant(),
        of_tenant("author_id", "users"),
        Index("signature_pictures_of_author", "author_id", "sha256", unique=True),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    author_id: UUID
    sha256: str
    mark: int | None = Field(default=None, sa_type=BigInteger)
    width: int | None = None
    height: int | None = None
    name: str
    no_signature: bool = False
    last_seen_at: datetime = time_field()


class SignatureSighting(SQLModel, table=True):
    """A mail with the picture, by a hash of its Message-ID, and whether the picture was hidden."""

    __tablename__ = "signature_sightings"
    __table_args__ = (of_tenant("picture_id", "signature_pictures", ondelete="CASCADE"),)

    picture_id: UUID = Field(primary_key=True)
    mail: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    hidden: bool
