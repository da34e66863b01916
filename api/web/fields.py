"""Types of fields that several objects have."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from cases.people.external_ids import LONGEST

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("U+0000 can't be stored.")
    return text


#: Text of any length that the database can store.
Text = Annotated[str, AfterValidator(_storable)]
#: One line, without blanks around it.
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\r\n]*$"), AfterValidator(_storable)
]
#: The id that an object has in the tenant's own application.
ExternalId = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(_storable)]


def _rfc3339(value: object) -> object:
    if not isinstance(value, datetime) and not (isinstance(value, str) and _TIME.fullmatch(value)):
        raise ValueError("Write a time with its offset, such as 2026-11-23T12:00:00Z (RFC 3339).")
    return value


#: A time with its offset, as RFC 3339 writes it.
Time = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]


class Body(BaseModel):
    """A part of a request: fields that it does not have are refused by name."""

    model_config = ConfigDict(extra="forbid")


class UserRef(Body):
    """Names a user, by exactly one of these."""

    id: UUID | None = None
    external_id: Annotated[ExternalId, Field(min_length=1)] | None = None
    email: Annotated[Line, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "UserRef":
        if sum(value is not None for value in (self.id, self.external_id, self.email)) != 1:
            raise ValueError("Give exactly one of id, external_id and email.")
        return self
