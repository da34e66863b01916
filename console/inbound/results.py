"""Shows the results of mails that a person queued again; the page asks for them until all have ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy import Row

from console.inbound import queries
from console.inbound.words import MEANINGS
from console.services import TheServices
from console.web.pages import page
from console.web.session import InboundReader
from schemas.tables import MailState

router = APIRouter()

#: Most mails whose results are shown, as their names are kept in the session's cookie. The log shows all results.
MOST = 40
#: How often the page asks on its own.
_MOST_ASKED = 100
_WORDS = {
    MailState.POSTED: "posted",
    MailState.HELD: "held again",
    MailState.FORWARDED: "forwarded",
    MailState.DROPPED: "discarded: no action needed",
}


def name(mail_id: UUID, run: int) -> str:
    """Returns a short name for a mail and the `run` whose result is awaited."""
    return f"{urlsafe_b64encode(mail_id.bytes).decode().rstrip('=')}~{run}"


def _read_name(name: str) -> tuple[UUID, int]:
    coded, _, run = name.partition("~")
    try:
        return UUID(bytes=urlsafe_b64decode(coded + "==")), int(run)
    except ValueError:
        raise HTTPException(400, "This link is damaged. The inbox shows what became of each mail.") from None


@router.get("/inbound/results")
def show(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    mail: Annotated[tuple[str, ...], Query(max_length=MOST)] = (),
    asked: int = 1,
) -> Response:
    """Shows how many of the mails are still on their way, and the results of the rest."""
    runs = dict(_read_name(named) for named in mail)
    with services.database.tenant(viewer.tenant_id) as connection:
        rows = queries.results(connection, list(runs))
    ended = [row for row in rows if row.ended_at and row.run >= runs[row.id]]
    waits = len(rows) - len(ended)
    return page(
        request,
        "results.html",
        results=[(row, _words(row), row.state in (MailState.POSTED, MailState.FORWARDED)) for row in _shown(ended)],
        counts=_counts(ended),
        waits=waits,
        names=list(mail),
        asks=asked + 1 if waits and asked < _MOST_ASKED else 0,
        view="/inbound",
    )


def _words(row: Row[Any]) -> str:
    words = _WORDS.get(MailState(row.state), row.state)
    if row.state == MailState.POSTED:
        return f"{words} on case {row.case_number}" + ("" if row.validated else ", and waits for approval")
    meaning = MEANINGS.get(row.reason)  # a later version may have written another reason
    return f"{words}: {meaning}" if row.state == MailState.HELD and meaning else words


def _shown(ended: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Returns the results to list: of a single mail always, of several mails only results held or dropped."""
    return ended if len(ended) == 1 else [row for row in ended if row.state in (MailState.HELD, MailState.DROPPED)]


def _counts(ended: Sequence[Row[Any]]) -> list[tuple[str, int]]:
    states = [MailState(row.state) for row in ended] if len(ended) > 1 else []
    return [(words, states.count(state)) for state, words in _WORDS.items() if state in states]
