"""`casemail mail-domain`: the domain of a tenant's reply and case addresses."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from cases import audit
from cases.addresses import mail_domain
from ops.cli.errors import fail
from ops.cli.opened import opened
from ops.cli.tenants import tenant_of
from schemas.tables import OPERATOR
from storage.database import Database

_TENANTS = text("select id, slug from tenants where id <> :operator order by slug")

app = typer.Typer()


@app.command("mail-domain")
def run(
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
    domain: Annotated[str, typer.Argument(metavar="[DOMAIN]", help="The new one; default: show the present one.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Although addresses in the old domain stop working.")] = False,
) -> None:
    """Shows the domain, or sets it if one is given; ends with exit code 2 where it can't be set."""
    with opened() as resources:
        _show_or_set(resources.database, tenant, domain, force=force)


def _show_or_set(database: Database, tenant: str, domain: str, *, force: bool) -> None:
    with database.system() as connection:
        tenant_id = tenant_of(connection, tenant, operator=False)
    with database.tenant(tenant_id) as connection:
        current, given_out = mail_domain.read(connection, tenant_id), mail_domain.given_out(connection)
    if not domain:
        print(f"{tenant} has the mail domain {current}; {given_out} addresses were given out in it")
        if problem := _log_ins(database, current):
            print(f"warning: {problem}")
        return
    wanted = mail_domain.plain(domain)
    if not wanted:
        fail(f"{domain!r} is not a domain")
    if problem := _log_ins(database, wanted):
        fail(problem)
    if given_out and wanted != current and not force:
        fail(
            f"{given_out} addresses were given out in {current}, and would stop working; "
            "--force changes it all the same"
        )
    with database.tenant(tenant_id) as connection:
        mail_domain.change(connection, tenant_id, wanted)
        details = {"mail_domain": f"{current} to {wanted}"}
        audit.record(connection, [audit.Act(tenant_id, None, "settings.changed", tenant_id, details)])
    print(f"{tenant} has the mail domain {wanted} now; mail for it must be delivered to casemail")


def _log_ins(database: Database, domain: str) -> str:
    """Returns why the domain can't be a mail domain: people of some tenant log in with it. Empty if nobody does."""
    found: dict[str, int] = {}
    with database.system() as connection:
        tenants: dict[str, UUID] = {row.slug: row.id for row in connection.execute(_TENANTS, {"operator": OPERATOR})}
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
