"""Pictures that come with an author's mails again and again, such as logos in a signature."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, named_by_tenant, of_tenant, time_field


class SignaturePicture(SQLModel, table=True):
    """A picture in mails of this author that might have become a file.

    `mark` is a perceptual hash as a signed 64-bit number: similar pictures differ in few bits. The mark and the sizes
    in pixels are null if the picture could not be measured. `no_signature`: a user decided that the picture is a file.
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
    """A mail that contained the picture, by a hash of its Message-ID, and whether the picture was hidden there."""

    __tablename__ = "signature_sightings"
    __table_args__ = (of_tenant("picture_id", "signature_pictures", ondelete="CASCADE"),)

    picture_id: UUID = Field(primary_key=True)
    mail: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    hidden: bool
