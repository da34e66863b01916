"""Pages of a list. A cursor is the place of the last object of a page; clients treat it as opaque."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from api.web.fields import Body
from api.web.problems import ProblemError

_T = TypeVar("_T", bound=BaseModel)
#: The first place in a list in the order of ids.
FIRST = UUID(int=0)


class Page(BaseModel, Generic[_T]):
    """A page of a list; without `next_cursor` it is the last one."""

    data: list[_T]
    next_cursor: str | None = None


class Paging(Body):
    """The parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=200, description="Most objects in a page")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before")] = ""

    def after_id(self) -> UUID:
        """Returns the id after which the page begins. Raises `ProblemError`."""
        if not self.cursor:
            return FIRST
        try:
            return UUID(bytes=urlsafe_b64decode(self.cursor))
        except ValueError:
            raise _wrong_cursor() from None

    def before_time(self) -> tuple[datetime, UUID]:
        """Returns the time and id before which a page of the newest begins. Raises `ProblemError`."""
        if not self.cursor:
            return datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1)
        try:
            at, _, row_id = urlsafe_b64decode(self.cursor).decode().partition(" ")
            return datetime.fromisoformat(at), UUID(row_id)
        except ValueError:
            raise _wrong_cursor() from None


def by_id(paging: Paging, rows: Sequence[Any], shown: Callable[[Any], _T]) -> Page[_T]:
    """Returns the page for `limit` + 1 rows in the order of their ids."""
    page, more = rows[: paging.limit], len(rows) > paging.limit
    cursor = urlsafe_b64encode(page[-1].id.bytes).decode() if more else None
    return Page(data=[shown(row) for row in page], next_cursor=cursor)


def by_time(paging: Paging, rows: Sequence[Any], shown: Callable[[Any], _T], time: str) -> Page[_T]:
    """Returns the page for `limit` + 1 rows in the order of their column `time`, the newest first."""
    page, more = rows[: paging.limit], len(rows) > paging.limit
    cursor = None
    if more:
        cursor = urlsafe_b64encode(f"{getattr(page[-1], time).isoformat()} {page[-1].id}".encode()).decode()
    return Page(data=[shown(row) for row in page], next_cursor=cursor)


def _wrong_cursor() -> ProblemError:
    words = "This is no cursor of this list."
    return ProblemError(422, f"cursor: {words}", {"cursor": words})


async def check_query(request: Request) -> None:
    """Raises `ProblemError` (422) for a parameter that is given twice, of which one would be left out in silence."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise ProblemError(422, f"{name}: Give it once.", {name: "Give it once."})
