"""Erases an account, and removes the name and the addresses of a person from all other rows."""

from collections.abc import Mapping

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from cases.erasure.columns import BY_OWNER, COLUMNS, Fate
from cases.erasure.identity import Identity

#: The name of an erased account.
ERASED_NAME = "Erased person"
#: Replaces an address or a name in texts of other people.
_INSTEAD = "[erased]"

_BLANK_LETTERS = text("""
update outbox o set content = null, to_email = '', error = '',
    state = case when state = 'waiting' then 'failed' else state end
where kind not in ('catch_all', 'test') and to_email <> '' and (lower(to_email) ~* :exactly
    or recipient_id in (select id from update_recipients where user_id = :person_id)
    or content ->> 'user' = cast(:person_id as text))
""")
_BLANK_FORWARDS = text("""
update outbox set to_email = ''
where kind in ('catch_all', 'test') and state <> 'waiting' and lower(to_email) ~* :exactly
""")
_BLANK_RECIPIENTS = text("""
update update_recipients set email = '', handle = null, bounced_at = null, bounced_address = null,
    bounce_permanent = null, bounce_words = null
where user_id = :person_id
""")
_DROP_ALIASES = text("delete from email_aliases where user_id = :person_id")
_BLANK_USER = text("""
update users set name = :name, email = '', email_key = 'erased ' || id, password_hash = '', active = false,
    external_id = ''
where id = :person_id
""")
# for mails of other people that went through the person's mailbox, or to it
_BLANK_ENVELOPES = text("""
update mails set sender = case when lower(sender) ~* :exactly then '' else sender end,
    recipient = case when state <> 'posted' and recipient ~* :within
        then '@' || split_part(recipient, '@', -1) else recipient end
where ended_at is not null
  and (lower(sender) ~* :exactly or (state <> 'posted' and recipient ~* :within))
""")
_BY_OWNER = text("select erase_words(:pattern, :instead)")


def erase(connection: Connection, person: Identity, asked: Mapping[str, object]) -> dict[str, int]:
    """Erases the account, if there is one, and removes the names; returns counts by the fields of `Erased`.

    `asked` has the parameters of the statements: `exactly`, `within` and `person_id` of the person.
    """
    letters = connection.execute(_BLANK_LETTERS, asked).rowcount
    connection.execute(_BLANK_FORWARDS, asked)
    counts = {"letters": letters}
    if person.id is not None:
        counts["recipients"] = connection.execute(_BLANK_RECIPIENTS, asked).rowcount
        counts["aliases"] = connection.execute(_DROP_ALIASES, asked).rowcount
        connection.execute(_BLANK_USER, {**asked, "name": ERASED_NAME})
    mentions = connection.execute(_BLANK_ENVELOPES, asked).rowcount
    for column, (fate, _) in COLUMNS.items():
        if column not in BY_OWNER and fate in (Fate.MENTION, Fate.NAME):
            pattern = person.named if fate is Fate.NAME else person.within
            mentions += _clean(connection, column, pattern)
    mentions += connection.execute(_BY_OWNER, {"pattern": person.named, "instead": _INSTEAD}).scalar_one()
    return counts | {"mentions": mentions}


def _clean(connection: Connection, column: str, pattern: str) -> int:
    table, _, name = column.partition(".")
    kind = "jsonb" if isinstance(SQLModel.metadata.tables[table].c[name].type, JSONB) else "text"
    clean = text(f"""
        update {table} set {name} = cast(regexp_replace(cast({name} as text), :pattern, :instead, 'gi') as {kind})
        where cast({name} as text) ~* :pattern
    """)  # noqa: S608  # only our own names are put in
    return connection.execute(clean, {"pattern": pattern, "instead": _INSTEAD}).rowcount
