"""The message about a person's last act, shown once on the next page.

An act is called done only when it is done. If it was queued, the page says so, and shows the result when it is known
(console.inbound.results).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from fastapi import Request

_KEY = "flash"


class Kind(StrEnum):
    """The kinds of messages; the page has a colour and a role for each."""

    DONE = "done"  # it happened
    QUEUED = "queued"  # it will be tried; the result is not known yet
    PROBLEM = "problem"  # it did not happen, or only in part
    NOTE = "note"  # nothing changed, and nothing went wrong


def say(request: Request, kind: Kind, words: str, *, to: str = "", follow: Sequence[str] = ()) -> None:
    """Shows `words` on the next page of this session.

    `to` is the page of a mail to link to. `follow` are the mails whose results are awaited, by their names in
    console.inbound.results.
    """
    request.session[_KEY] = {"kind": kind.value, "words": words, "to": to, "follow": list(follow)}


def now(kind: Kind, words: str) -> dict[str, Any]:
    """Returns a message for the page that answers this request."""
    return {"kind": kind.value, "words": words, "to": "", "follow": []}


def take(session: dict[str, Any]) -> dict[str, Any] | None:
    """Removes the waiting message from the session and returns it; None if no message waits."""
    found: dict[str, Any] | str | None = session.pop(_KEY, None)
    # a session from before messages had kinds has plain text
    return now(Kind.DONE, found) if isinstance(found, str) else found
