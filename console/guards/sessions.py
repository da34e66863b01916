"""Statements on sessions, which are database rows. Of the token in the cookie, only the hash is stored."""

import re
import secrets
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from schemas.settings import Settings
from schemas.tables import new_id, now

#: SQL on a session `s`: whether it has not expired; `lifetimes` returns its parameters.
ALIVE = "s.began_at > now() - make_interval(hours => :life) and s.seen_at > now() - make_interval(hours => :idle)"
#: SQL: records that the session with `:token` is in use, at most once a minute.
TOUCH = f"""
update console_sessions s set seen_at = now(), address = :address
where s.token = :token and s.seen_at < now() - interval '1 minute' and {ALIVE}
"""  # noqa: S608  # only constants of ours are put in
#: Most sessions of a user: a further session ends the session that was unused for longest.
MOST = 50

_INSERT = text("""
insert into console_sessions (id, tenant_id, user_id, token, began_at, seen_at, address, agent)
values (:id, :tenant_id, :user_id, :token, :at, :at, :address, :agent)
""")
_OLD = text(f"""
delete from console_sessions where id in (
    select id from console_sessions s where tenant_id = :tenant_id and (not ({ALIVE}) or id in (
        select id from console_sessions where user_id = :user_id order by seen_at desc offset :most))
    for update skip locked)
""")  # noqa: S608
_OF_USER = text(f"""
select id, began_at, seen_at, address, agent, id = :own as is_own from console_sessions s
where user_id = :user_id and {ALIVE} order by id <> :own, seen_at desc, id
""")  # noqa: S608
_END = text("delete from console_sessions where user_id = :user_id and id = :id returning id")
_LOG_OUT = text("delete from console_sessions where token = :token returning tenant_id, user_id")
_END_OTHERS = text("delete from console_sessions where user_id = :user_id and id <> :own returning id")

# the first name found in a User-Agent counts: browsers also name the browsers that they imitate
_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Macintosh": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def begin(connection: Connection, settings: Settings, tenant_id: UUID, user_id: UUID, address: str, agent: str) -> str:
    """Begins a session and returns its token; deletes the tenant's expired sessions, and the user's above `MOST`."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        _INSERT,
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "user_id": user_id,
            "token": digest(token),
            "at": now(),
            "address": address,
            "agent": browser(agent),
        },
    )
    values = {"tenant_id": tenant_id, "user_id": user_id, "most": MOST}
    connection.execute(_OLD, values | lifetimes(settings))
    return token


def digest(token: str) -> bytes:
    """Returns the hash of a token, which is what the database stores."""
    return sha256(token.encode()).digest()


def lifetimes(settings: Settings) -> dict[str, int]:
    """Returns the parameters of `ALIVE`, in hours."""
    return {"life": settings.sessions.hours, "idle": settings.sessions.idle_hours}


def of_user(connection: Connection, settings: Settings, user_id: UUID, own: UUID) -> list[Row[Any]]:
    """Returns the sessions of a user, the session `own` first: id, began_at, seen_at, address, agent, is_own."""
    values = {"user_id": user_id, "own": own}
    return list(connection.execute(_OF_USER, values | lifetimes(settings)))


def log_out(connection: Connection, token: str) -> None:
    """Ends the session with this token, if it still exists."""
    for row in connection.execute(_LOG_OUT, {"token": digest(token)}):
        audit.record(connection, [audit.Act(row.tenant_id, row.user_id, "user.logged_out", row.user_id)])


def end(connection: Connection, tenant_id: UUID, user_id: UUID, session_id: UUID) -> None:
    """Ends a session, if it is this user's and still exists."""
    if connection.execute(_END, {"user_id": user_id, "id": session_id}).first():
        audit.record(connection, [audit.Act(tenant_id, user_id, "session.ended", user_id, {"sessions": "1"})])


def end_others(connection: Connection, tenant_id: UUID, user_id: UUID, own: UUID) -> int:
    """Ends all sessions of a user except `own`; returns how many."""
    ended = len(connection.execute(_END_OTHERS, {"user_id": user_id, "own": own}).all())
    if ended:
        audit.record(connection, [audit.Act(tenant_id, user_id, "session.ended", user_id, {"sessions": str(ended)})])
    return ended


def browser(agent: str) -> str:
    """Returns a User-Agent in words, such as "Firefox on Windows", without its version numbers."""
    name = next((words for sign, words in _BROWSERS.items() if sign in agent), "")
    system = next((words for sign, words in _SYSTEMS.items() if sign in agent), "")
    if name or system:
        return f"{name or 'A browser'}{' on ' * bool(system)}{system}"
    first = re.match(r"[A-Za-z][\w-]{0,30}", agent, re.ASCII)
    return first[0] if first else "An unknown browser"
