"""The envelope of a mail (RFC 5321 section 2.3.1), as it is kept beside the raw mail in the blob store."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson

_VERSION = 1


@dataclass(frozen=True)
class StoredEnvelope:
    """What the ledger knows of a mail when it comes in: with the raw mail, enough to write its ledger row again.

    `mail_id` is the id of the ledger row. `recipient` and `sender` are the envelope's addresses, `source_id` is the
    source that the mail came from (None if it is not known), `source_ref` the source's own id of the mail. `whole_size`
    and `said` are as in `workers.fetch.custody.Arrival`.
    """

    mail_id: UUID
    content_key: bytes
    recipient: str
    sender: str
    received_at: datetime
    source_id: UUID | None
    source_ref: str
    whole_size: int = 0
    said: str = ""

    def dump(self) -> bytes:
        """Returns the envelope as JSON. Raises `TypeError` for text with lone surrogates."""
        values: dict[str, Any] = {
            "version": _VERSION,
            **vars(self),
            "content_key": b64encode(self.content_key).decode(),
        }
        return orjson.dumps(values)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Returns the envelope in JSON, without fields of a later version. Raises `ValueError` if it is none."""
        try:
            values = orjson.loads(data)
            return cls(
                mail_id=UUID(values["mail_id"]),
                content_key=b64decode(values["content_key"], validate=True),
                recipient=values["recipient"],
                sender=values["sender"],
                received_at=datetime.fromisoformat(values["received_at"]),
                source_id=UUID(values["source_id"]) if values["source_id"] else None,
                source_ref=values["source_ref"],
                whole_size=int(values["whole_size"]),
                said=values["said"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no envelope of a mail: {error!r}") from error
