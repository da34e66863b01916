"""Finds the viewer of a request: a signed cookie has the session's token; one statement reads session and user."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException, Request
from sqlalchemy import Row, text

from cases.people.directory import may_validate
from console.guards import sessions
from console.services import Services, TheServices
from schemas.errors import CasemailError
from schemas.tables import Role

#: Roles that may read the inbound log.
READERS = frozenset({Role.ADMIN, Role.CASE_MANAGER})
#: Held mails are counted up to this number; above it, the page only shows that there are more.
MOST_COUNTED = 1000

#: SQL on a case `c`: whether the viewer may see it. Clients see the cases of which they are members, staff see all.
MAY_SEE = """(:works_here or exists (
    select 1 from case_members seen where seen.case_id = c.id and seen.user_id = :viewer_id))"""

#: SQL on an update `u`: whether the viewer may see it. Its author may, and the roles that see its access group; until
#: it is validated, only the roles among them that may validate.
SEES_UPDATE = """(u.author_id = :viewer_id or ((u.validated or :validates) and exists (
    select 1 from access_groups seen where seen.id = u.access_group_id and :role = any(seen.may_see))))"""


class LoggedOutError(CasemailError):
    """The request needs a person who is logged in."""


@dataclass(frozen=True)
class Viewer:
    """The user who sent the request."""

    id: UUID
    name: str
    role: Role
    tenant_id: UUID
    tenant_name: str
    held: int = 0  # mails that wait for a decision, without inbound messages; 0 if the role has no inbound log
    sources: int = 0  # mail sources that need care; 0 unless the user is an admin
    messages: int = 0  # inbound messages that wait for a case
    replies_off: bool = False  # whether email update replies are switched off; False unless the user is an admin
    session_id: UUID | None = None  # None if they did not log in, but opened a link that was signed for them

    @property
    def works_here(self) -> bool:
        """Whether the viewer is staff of the tenant; otherwise a client."""
        return self.role is not Role.CLIENT

    @property
    def validates(self) -> bool:
        """Whether the viewer may validate updates."""
        return may_validate(self.role)

    @property
    def reads_inbound(self) -> bool:
        """Whether the viewer may read the inbound log."""
        return self.role in READERS

    @property
    def administers(self) -> bool:
        """Whether the viewer may change the tenant's settings."""
        return self.role is Role.ADMIN

    @property
    def sees(self) -> dict[str, object]:
        """The parameters of `MAY_SEE` and `SEES_UPDATE`."""
        return {
            "works_here": self.works_here,
            "viewer_id": self.id,
            "role": self.role,
            "validates": self.validates,
        }


_VIEWER = """u.id, u.name, u.role, u.tenant_id, t.name as tenant_name, waits.held, waits.messages,
    u.role = 'admin' and not t.replies_on as replies_off,
    (select count(*) from sources s where u.role = 'admin' and s.tenant_id = t.id and s.active and (
        s.paused_for <> '' or s.old_mails = 'asked' or s.failures > 0 or s.left_behind > 0)) as sources"""
_WAITS = """
cross join lateral (select u.role = any(:readers) as reads) may
cross join lateral (
    select (select count(*) from (
            (select from mails where may.reads and tenant_id = t.id and state = 'held' and reason < 'not_related'
                limit :most)
            union all
            (select from mails where may.reads and tenant_id = t.id and state = 'held' and reason > 'not_related'
                limit :most)
        ) decide) as held,
        (select count(*) from (select from mails where may.reads and tenant_id = t.id and state = 'held'
            and reason = 'not_related' limit :most) messages) as messages
) waits
"""
_READ = text(f"""
with touched as ({sessions.TOUCH})
select s.id as session_id, {_VIEWER}
from console_sessions s join users u on u.id = s.user_id join tenants t on t.id = u.tenant_id {_WAITS}
where s.token = :token and {sessions.ALIVE} and u.active and t.active
""")  # noqa: S608  # only constants of ours are put in
_FIND = text(f"""
select cast(null as uuid) as session_id, {_VIEWER} from users u join tenants t on t.id = u.tenant_id {_WAITS}
where u.id = :id and u.active and t.active
""")  # noqa: S608
_COUNTS = {"readers": list(READERS), "most": MOST_COUNTED}


def begin(request: Request, tenant_id: UUID, user_id: UUID, token: str) -> None:
    """Writes the session with this token into the cookie, and removes what an earlier session left there."""
    request.session.clear()
    request.session.update(tenant=str(tenant_id), user=str(user_id), token=token)
    csrf_token(request)


def csrf_token(request: Request) -> str:
    """Returns the CSRF token of this session; creates it at the first call."""
    token: str = request.session.setdefault("csrf", secrets.token_urlsafe(32))
    return token


def viewer(request: Request, services: TheServices) -> Viewer:
    """Returns the user of the request's session. Raises `LoggedOutError` if there is no valid session."""
    session = request.session
    if "token" not in session:
        raise LoggedOutError
    values = {"token": sessions.digest(session["token"]), "address": address(request), **_COUNTS}
    with services.database.tenant(UUID(session["tenant"])) as connection:
        row = connection.execute(_READ, values | sessions.lifetimes(services.settings)).first()
    if row is None:
        session.clear()
        raise LoggedOutError
    found = _as_viewer(row)
    request.state.viewer = found
    return found


def find_viewer(services: Services, tenant_id: UUID, user_id: UUID) -> Viewer | None:
    """Returns a user as viewer without a log-in, for a link signed for them; None if the user is not active."""
    with services.database.tenant(tenant_id) as connection:
        row = connection.execute(_FIND, {"id": user_id, **_COUNTS}).first()
    return _as_viewer(row) if row else None


def address(request: Request) -> str:
    """Returns the address that the request came from, as a trusted proxy reports it."""
    return request.client.host if request.client else ""


def _as_viewer(row: Row[Any]) -> Viewer:
    who = (row.id, row.name, Role(row.role), row.tenant_id, row.tenant_name)
    return Viewer(*who, row.held, row.sources, row.messages, row.replies_off, row.session_id)


#: The viewer, as a parameter of an endpoint; raises `LoggedOutError` without a valid session.
TheViewer = Annotated[Viewer, Depends(viewer)]


def _only(may: Callable[[Viewer], bool]) -> Callable[[Viewer], Viewer]:
    def check(viewer: TheViewer) -> Viewer:
        if not may(viewer):
            raise HTTPException(403, "Your role does not open this page.")
        return viewer

    return check


InboundReader = Annotated[Viewer, Depends(_only(lambda viewer: viewer.reads_inbound))]
Admin = Annotated[Viewer, Depends(_only(lambda viewer: viewer.administers))]
