"""The mails that wait for a person, one after the other, in the order of the inbound log: the newest first."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row, text

from console.services import TheServices
from console.web.session import InboundReader
from schemas.reasons import Reason

router = APIRouter()

#: Of which reason the mails of a queue are; empty: of any but inbound messages, which have a list of their own.
QueueOf = Annotated[Reason | Literal[""], Query(alias="reason")]

_HERE = "state = 'held' and (reason = :reason or (:reason = '' and reason <> 'not_related')) and (received_at, id)"
_OLDER = text(f"select id from mails where {_HERE} < (:at, :id) order by received_at desc, id desc limit 1")  # noqa: S608
_NEWER = text(f"select id from mails where {_HERE} > (:at, :id) order by received_at, id limit 1")  # noqa: S608
_PLACE = text("select id, received_at from mails where id = :id")


def beside(connection: Connection, mail: Row[Any], reason: str) -> tuple[UUID | None, UUID | None]:
    """The held mails of this reason next to a mail: the newer one, and the older one."""
    place = {"at": mail.received_at, "id": mail.id, "reason": reason}
    newer, older = connection.execute(_NEWER, place).scalar(), connection.execute(_OLDER, place).scalar()
    return newer, older


@router.get("/inbound/{mail_id}/next")
def go_on(services: TheServices, viewer: InboundReader, mail_id: UUID, reason: QueueOf = "") -> Response:
    """Where whoever has decided on a mail goes: to the next one that is held, or after the last to what is left."""
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = connection.execute(_PLACE, {"id": mail_id}).first()
        if mail is None:
            raise HTTPException(404, "There is no such mail.")
        _, older = beside(connection, mail, reason)
    query = f"?{urlencode({'reason': reason})}" if reason else ""
    left = f"/inbound?{urlencode({'state': 'held', **({'reason': reason} if reason else {})})}"
    return RedirectResponse(f"/inbound/{older}{query}" if older else left, 303)
