"""Checks of PostgreSQL: its version and schema, who may see what, its clock; and what the cluster shares."""

import time
from collections.abc import Sequence

from sqlalchemy import text

from ops.doctor.findings import Context, Finding, warning, well, wrong
from storage import identity
from storage.blobs.store import BlobMissingError
from storage.deadlines import Deadlines
from storage.migrations import state

#: Seconds by which a clock may be off before it is a warning, and before it is wrong.
_SKEW, _WILD_SKEW = 2.0, 30.0

_UNPROTECTED = text("""
select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not a.attisdropped
  and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
order by c.relname
""")
_ABOVE = text("""
select rolname from pg_roles
where (rolsuper or rolbypassrls) and (rolname = session_user or rolname in ('casemail_app', 'casemail_system'))
""")
_OWNED = text("""
select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
  and pg_get_userbyid(relowner) in (session_user, 'casemail_app', 'casemail_system')
""")


def schema(context: Context) -> Sequence[Finding]:
    """PostgreSQL answers, is new enough, and has the schema of this version."""
    database = context.settings.database
    with state.plain(database.url, Deadlines.of(context.settings)) as connection:
        found = state.read(connection)
    if problem := state.problem(found):
        return [wrong(problem, "Run `casemail migrate --check` to see what is pending.")]
    return well(f"PostgreSQL {found.postgres}, schema {found.revision}: nothing is pending.")


def row_level_security(context: Context) -> Sequence[Finding]:
    """Each table of tenants is under row-level security, and none of our roles is above it."""
    limits = Deadlines.of(context.settings)
    with state.plain(context.settings.database.url, limits) as connection:
        tables = list(connection.execute(_UNPROTECTED).scalars())
        above = list(connection.execute(_ABOVE).scalars())
        owned = connection.execute(_OWNED).scalar_one()
    found = [
        wrong(
            f"{table} has rows of tenants, and no row-level security.", f"alter table {table} enable row level security"
        )
        for table in tables
    ]
    found += [
        wrong(f"The role {role} is above row-level security.", f"alter role {role} nosuperuser nobypassrls")
        for role in above
    ]
    if owned:
        found.append(
            wrong(
                f"The login role owns {owned} tables, so it sees all tenants' rows.",
                "Migrate as an owner of its own (CASEMAIL_OWNER_DATABASE_URL).",
            )
        )
    return found or well("Each table of tenants is under it, and no role of casemail is above it.")


def rights(context: Context) -> Sequence[Finding]:
    """The login role sees nothing before it takes a role."""
    login, tables = context.resources.database.readable_without_role()
    if tables:
        return [warning(f"{login} reads {len(tables)} tables without taking a role.", "Run `casemail migrate` again.")]
    return well(f"{login} sees nothing before it takes a role.")


def cluster(context: Context) -> Sequence[Finding]:
    """The keys and the topic prefix are those of the cluster."""
    with context.resources.database.system() as connection:
        known = identity.read(connection)
    if known is None:
        return [warning("The cluster has no identity yet.", "Start a process, which writes it.")]
    return _split(identity.compare(known, context.settings)) or well(f"Keys and topic prefix are those of {known.id}.")


def blob_store(context: Context) -> Sequence[Finding]:
    """The blob store takes blobs, is the cluster's, and has the newest mail."""
    blobs = context.resources.blobs
    blobs.check()
    with context.resources.database.system() as connection:
        known = identity.read(connection)
        newest = identity.newest_original(connection)
    problems = identity.compare_blobs(known, blobs) if known and known.blob_mark else []
    try:
        if newest:
            blobs.get(newest)
    except BlobMissingError as error:
        problems.append(f"The newest mail is not there: {error}. Mount the store, or restore it from a backup.")
    return _split(problems) or well("It is the cluster's, takes blobs, and has the newest mail.")


def clock(context: Context) -> Sequence[Finding]:
    """This machine's clock and PostgreSQL's agree."""
    with context.resources.database.system() as connection:
        before = time.time()
        theirs = connection.execute(text("select extract(epoch from clock_timestamp())::float8")).scalar_one()
        skew = abs(theirs - (before + time.time()) / 2)
    words = f"It is {skew:.1f} s off PostgreSQL's."
    remedy = "Let both machines use NTP: delays and limits go by the clock."
    if skew > _WILD_SKEW:
        return [wrong(words, remedy)]
    return [warning(words, remedy)] if skew > _SKEW else well(words)


def _split(problems: Sequence[str]) -> list[Finding]:
    """Returns problems as findings: their first sentence, and the others as what to do."""
    halves = (problem.partition(". ") for problem in problems)
    return [wrong(f"{words.rstrip('.')}.", remedy) for words, _, remedy in halves]
