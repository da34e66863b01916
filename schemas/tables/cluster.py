"""What all processes of a cluster share, so that a process with other keys or another blob store is noticed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from schemas.tables.base import json_field, new_id, time_field


class ClusterIdentity(SQLModel, table=True):
    """The identity of the cluster: the only row of its table.

    `keys` has, by setting, the fingerprints of the keys that every process must have; never the keys.
    `blob_mark` is the mark that the blob store holds, None before that has one.
    """

    __tablename__ = "cluster_identity"
    __table_args__ = (CheckConstraint("single", name="cluster_identity_single"),)

    single: bool = Field(default=True, primary_key=True)
    id: UUID = Field(default_factory=new_id)
    created_at: datetime = time_field()
    topic_prefix: str
    keys: dict[str, list[str]] = json_field(dict)
    blob_mark: UUID | None = None
