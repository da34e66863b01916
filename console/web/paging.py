"""Keyset paging: a page begins after the last row of the previous page, even if rows were added meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import HTTPException
from sqlalchemy import Row

#: Most rows on a page.
PAGE = 50

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_LAST_ID = UUID(int=(1 << 128) - 1)


def start(before: str) -> dict[str, Any]:
    """Returns the parameters `at` and `id` of a cursor, and `most`; without a cursor they select the first page.

    The statement must have `(time, id) < (:at, :id)` and `limit :most`, so that an index on the time finds the place.
    Raises HTTPException (400) for a damaged cursor.
    """
    if not before:
        return {"at": _END_OF_TIME, "id": _LAST_ID, "most": PAGE + 1}
    at, _, row_id = before.partition("~")
    try:
        return {"at": datetime.fromisoformat(at).astimezone(UTC), "id": UUID(row_id), "most": PAGE + 1}
    except (ValueError, OverflowError):
        raise HTTPException(400, "This link to further rows is damaged. Start from the first page.") from None


def cut(rows: Sequence[Row[Any]], column: str) -> tuple[Sequence[Row[Any]], str]:
    """Returns the rows of this page, and the cursor of the next page or ""; `column` sorts the rows by time."""
    if len(rows) <= PAGE:
        return rows, ""
    last = rows[PAGE - 1]
    return rows[:PAGE], f"{getattr(last, column).isoformat()}~{last.id}"
