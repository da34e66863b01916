"""The table of actions on a mail source, besides changing it: pause, resume, fetch, take old mails, fill a gap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from cases.inbound import sources
from cases.inbound.sources import Actor


@dataclass(frozen=True)
class SourceAction:
    """A statement that returns a row if there was something to do, the action's name in the audit, and statements that
    are `also` run in that case.

    The statements may use `:id`, `:gap_id` and `:since`.
    """

    statement: TextClause
    act: str
    also: tuple[TextClause, ...] = field(default=())


#: The actions, by the names that forms and commands give them.
SOURCE_ACTIONS: Mapping[str, SourceAction] = {
    "pause": SourceAction(
        text(
            "update sources set active = false, lease = lease + 1, leased_until = null "
            "where id = :id and active returning name"
        ),
        "source.paused",
    ),
    "resume": SourceAction(
        text(
            "update sources set active = true, paused_for = '', login_failures = 0, next_at = now() "
            "where id = :id and (not active or paused_for <> '') returning name"
        ),
        "source.resumed",
    ),
    "fetch": SourceAction(
        text("update sources set next_at = now() where id = :id and active and paused_for = '' returning name"),
        "source.fetched",
    ),
    "take_all": SourceAction(
        text(
            "update sources set old_mails = 'all', next_at = now() where id = :id and old_mails = 'asked' "
            "returning name"
        ),
        "source.old_mails_taken",
        (text("delete from source_taken where source_id = :id"),),
    ),
    "take_since": SourceAction(
        text(
            "update sources set old_mails = 'since', since = :since, next_at = now() "
            "where id = :id and old_mails = 'asked' returning name"
        ),
        "source.old_mails_left",
    ),
    "fetch_gap": SourceAction(
        text(
            "update source_gaps set requested_at = now(), refetched_at = null where id = :gap_id and source_id = :id "
            "and (requested_at is null or refetched_at is not null) returning began_at"
        ),
        "source.gap_fetched",
        (text("update sources set next_at = now() where id = :id"),),
    ),
}


def act(
    connection: Connection,
    by: Actor,
    name: str,
    source_id: UUID,
    *,
    since: datetime | None = None,
    gap_id: UUID | None = None,
) -> bool:
    """Carries out one of `SOURCE_ACTIONS`; returns whether there was something to do.

    `since` is for `take_since`, `gap_id` for `fetch_gap`.
    """
    action = SOURCE_ACTIONS[name]
    values = {"id": source_id, "since": since, "gap_id": gap_id}
    if connection.execute(action.statement, values).first() is None:
        return False
    for statement in action.also:
        connection.execute(statement, values)
    sources.record(connection, by, action.act, source_id, {"since": since.isoformat()} if since else {})
    return True
