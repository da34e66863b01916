"""What a page says of the last act: one message, with its kind, shown once on the next page.

Only what is done is called done. What was put in line is queued: the page says so, and shows the result when it is
there (console.inbound.results).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from fastapi import Request

_KEY = "flash"


class Kind(StrEnum):
    """What a message is about; the page has a colour and a role for each."""

    DONE = "done"  # it happened, and stays
    QUEUED = "queued"  # it will be tried; what comes of it is not known yet
    PROBLEM = "problem"  # it did not happen, in part or at all
    NOTE = "note"  # nothing changed, and nothing went wrong


def say(request: Request, kind: Kind, words: str, *, to: str = "", follow: Sequence[str] = ()) -> None:
    """Has the next page of this session show `words`; `to` is a mail's page to link to, `follow` the mails whose
    results are awaited, as console.inbound.results names them."""
    request.session[_KEY] = {"kind": kind.value, "words": words, "to": to, "follow": list(follow)}


def now(kind: Kind, words: str) -> dict[str, Any]:
    """A message for the page that is made now, as `page` takes it."""
    return {"kind": kind.value, "words": words, "to": "", "follow": []}


def take(session: dict[str, Any]) -> dict[str, Any] | None:
    """The message that waits to be shown, which is gone then; None for none."""
    found: dict[str, Any] | str | None = session.pop(_KEY, None)
    # of a session from before there were kinds
    return now(Kind.DONE, found) if isinstance(found, str) else found
