"""Makes a test database refuse every change of a mail's state that `TRANSITIONS` does not have."""

from sqlalchemy import create_engine, text

from schemas.tables.mails import TRANSITIONS
from storage.database import APP_ROLE, SYSTEM_ROLE

_FUNCTION = text("""
create or replace function refuse_transition() returns trigger language plpgsql as $$ begin
    raise exception 'a mail went from % to %: TRANSITIONS in schemas/tables/mails.py lacks that', old.state, new.state;
end $$
""")


def check_transitions(owner_url: str) -> None:
    """Adds the check to the `mails` table. It binds casemail's own roles; as the owner, tests may set any state."""
    allowed = ", ".join(f"('{old}', '{new}')" for old, news in TRANSITIONS.items() for new in sorted(news))
    owner = create_engine(owner_url)
    with owner.begin() as connection:
        connection.execute(_FUNCTION)
        connection.execute(
            text(f"""
            create or replace trigger refuse_transition before update of state on mails for each row
            when (old.state <> new.state and current_user in ('{APP_ROLE}', '{SYSTEM_ROLE}')
                and (old.state, new.state) not in ({allowed}))
            execute function refuse_transition()
            """)
        )
    owner.dispose()
