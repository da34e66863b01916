"""`casemail mail-domain`: the domain of a tenant's reply and case addresses."""

import sys
from uuid import UUID

from sqlalchemy import text

from cases import audit
from cases.addresses import mail_domain
from schemas.settings import Settings
from schemas.tables import OPERATOR
from storage.database import Database
from storage.resources import open_resources

USAGE_ERROR = 2

_TENANTS = text("select id, slug from tenants where id <> :operator order by slug")


def run(settings: Settings, slug: str, domain: str, *, force: bool) -> int:
    """Tells the domain, or sets it if one is given; 2 where that can't be done, with the words why."""
    database = open_resources(settings).database
    with database.system() as connection:
        tenants = {row.slug: row.id for row in connection.execute(_TENANTS, {"operator": OPERATOR})}
    if slug not in tenants:
        return _refused(f"there is no tenant {slug!r}")
    with database.tenant(tenants[slug]) as connection:
        now, given_out = mail_domain.read(connection, tenants[slug]), mail_domain.given_out(connection)
    if not domain:
        print(f"{slug} has the mail domain {now}; {given_out} addresses were given out in it")
        if found := _log_ins(database, tenants, now):
            print(f"warning: {found}")
        return 0
    wanted = mail_domain.plain(domain)
    if not wanted:
        return _refused(f"{domain!r} is not a domain")
    if found := _log_ins(database, tenants, wanted):
        return _refused(found)
    if given_out and wanted != now and not force:
        return _refused(
            f"{given_out} addresses were given out in {now}, and would stop working; --force changes it all the same"
        )
    with database.tenant(tenants[slug]) as connection:
        mail_domain.change(connection, tenants[slug], wanted)
        details = {"mail_domain": f"{now} to {wanted}"}
        audit.record(connection, [audit.Act(tenants[slug], None, "settings.changed", tenants[slug], details)])
    print(f"{slug} has the mail domain {wanted} now; mail for it must be delivered to casemail")
    return 0


def _log_ins(database: Database, tenants: dict[str, UUID], domain: str) -> str:
    """Why the domain must not be one for mail, empty when it may: people of any tenant log in with it."""
    found: dict[str, int] = {}
    for slug, tenant_id in tenants.items():
        with database.tenant(tenant_id) as connection:
            if people := mail_domain.log_ins(connection, domain):
                found[slug] = people
    if not found:
        return ""
    who = ", ".join(f"{people} of {slug}" for slug, people in found.items())
    return (
        f"people log in with addresses in {domain} ({who}). Who has a case address there could sign up elsewhere as "
        f"one of them: use a domain for mail alone, such as cases.{domain}"
    )


def _refused(why: str) -> int:
    print(f"casemail: {why}", file=sys.stderr)
    return USAGE_ERROR
