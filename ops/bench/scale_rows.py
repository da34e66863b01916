"""Fills a database with many tenants and mails for `casemail bench scale`, without its triggers."""

from sqlalchemy import Connection, create_engine, text

from ops.embedded import Postgres

#: Days ago that the older half of the mails ended.
OLD_DAYS = 400
TABLES = ("mails", "intake", "updates", "outbox", "audit")

_TENANTS = text("""
insert into tenants select (json_populate_record(t, json_build_object('id', uuidv7(), 'slug', 's' || n,
    'mail_domain', ''))).* from tenants t, generate_series(1, :tenants) n where t.slug = 'operator'
""")
# without the triggers and constraints, which would take most of the time; the check counts the rows afterwards
_QUICKLY = "set session_replication_role = replica"
_PLACES = """
create temp table places as select uuidv7(shift) as id, uuidv7(shift) as batch, uuidv7(shift) as notice,
    uuidv7(shift) as act, tenant, n, state, now() + shift - n * interval '1 second' as received,
    now() + shift as ended, shift < interval '0' as old
from (
    select t.id as tenant, p.n, p.state,
        case when p.n % 2 = 1 and p.state in ('posted', 'dropped') then interval '-{days} days'
            else interval '0' end as shift
    from (
        select n, case when n % 10 < 3 then 1 else 1 + (n::bigint * 7919) % {tenants} end as of,
            case when n % 20 = 0 then 'forwarded' when n % 50 = 1 then 'held' when n % 50 = 2 then 'dropped'
                when n % 1000 = 3 then 'waiting' else 'posted' end as state
        from generate_series(1, {mails}) n) p
    join (select id, row_number() over (order by slug) as row from tenants where slug ~ '^s[0-9]+$') t on t.row = p.of
) s
"""
_MAILS = """
insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state,
    emissions, ended_at, reason, evidence, author, subject, run, raw_deleted_by, raw_deleted_at, whole_size)
select id, tenant, batch, sha256(n::text::bytea) || sha256(n::text::bytea),
    'queue ' || md5(n::text), case when old then '' else tenant || '/raw/' || batch || '/' || md5(n::text) end, 4000,
    'case-' || n || '+' || md5(n::text) || '@cases.example', 'person' || n % 5000 || '@people.example', received,
    state, 1, case when state <> 'waiting' then ended end, '',
    jsonb_build_object('recipient', 'case-' || n, 'sender', 'dkim=pass header.d=people.example', 'update', notice),
    'person' || n % 5000 || '@people.example', 'Re: A case about a leak, ' || n, 0,
    case when old then 'retention' else '' end, case when old then ended end, 0 from places
"""
_UPDATES = """
insert into updates (id, tenant_id, case_id, author_id, access_group_id, text, via, mail_id, written_at, posted_at, cut,
    left_out, validated, unverified, refresh_last_update, include_in_documents, to_tell, decision, decision_note)
select uuidv7(), tenant, tenant, tenant, tenant, repeat('words of an answer ', 12), 'email', id, received, ended, '[]',
    '[]', true, false, true, true, '{}', '', '' from places where state = 'posted'
"""
_FORWARDS = """
insert into outbox (id, tenant_id, kind, mail_id, to_email, state, attempts, created_at, due_at, sent_at, error)
select uuidv7(), tenant, 'catch_all', id, 'all@catch.example', 'sent', 1, now(), now(), now(), ''
from places where state = 'forwarded'
"""
_NOTICES = """
insert into outbox (id, tenant_id, kind, recipient_id, to_email, state, attempts, created_at, due_at, sent_at, error)
select notice, tenant, 'notice', notice, 'person' || n % 5000 || '@people.example',
    case when n % 1000 = 4 then 'waiting' else 'sent' end, 1, ended, ended,
    case when n % 1000 <> 4 then ended end, '' from places where state = 'posted'
"""
_AUDIT = """
insert into audit (id, tenant_id, actor_id, act, subject_id, details, at)
select act, tenant, null, 'update.posted', notice, '{"via": "email"}', ended from places where state = 'posted'
"""
_INTAKE = "insert into intake (id, tenant_id, batch_id, taken) select uuidv7(), tenant, batch, 1 from places"


def fill(server: Postgres, tenants: int, mails: int) -> None:
    """Inserts so many tenants and mails, each with its update, notice and entry of the audit: three tenths of the mails
    are of one tenant, and half of those that posted are old and have no original."""
    engine = create_engine(server.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(_TENANTS, {"tenants": tenants})
        connection.exec_driver_sql(_QUICKLY)
        _insert(connection, tenants, mails)
        for table in TABLES:
            connection.exec_driver_sql(f"vacuum analyze {table}")
    engine.dispose()


def _insert(connection: Connection, tenants: int, mails: int) -> None:
    places = _PLACES.format(tenants=tenants, mails=mails, days=OLD_DAYS)
    connection.exec_driver_sql(places.replace("%", "%%"))
    for statement in (_MAILS, _UPDATES, _FORWARDS, _NOTICES, _AUDIT, _INTAKE):
        connection.exec_driver_sql(statement.replace("%", "%%"))
