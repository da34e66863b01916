"""`casemail tenant`: customers."""

import re
from typing import Annotated

import typer
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from cases import audit
from cases.addresses import mail_domain as mail_domains
from cases.audit import Act
from cases.outgoing.mime import one_line
from ops.cli.errors import fail
from ops.cli.owner import create_user, owner
from ops.cli.tenants import tenant_of
from ops.cli.terminal import visible
from schemas.settings import load
from schemas.tables import OPERATOR, Role, Tenant, core, new_id

#: The form of a short name, which stands in commands, links and metrics.
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)

_TENANTS = text("""
select t.slug, t.name, t.mail_domain, t.active,
    (select count(*) from users u where u.tenant_id = t.id and u.active) as people
from tenants t where t.id <> :operator order by t.slug
""")
_ACTIVE = text("update tenants set active = :active where id = :id")
_LOG_INS = text("select count(*) from users where active and split_part(email_key, '@', -1) = :domain")

_Slug = Annotated[str, typer.Argument(help="Short name, such as harbour-law.")]

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    slug: _Slug,
    name: Annotated[str, typer.Argument(help="Name in full.")],
    mail_domain: Annotated[str, typer.Option(help="Domain of its reply and case addresses, for mail alone.")],
    admin: Annotated[str, typer.Option(help="Address that the first admin logs in with.")],
    admin_name: Annotated[str, typer.Option(help="Their name.")] = "",
) -> None:
    """Create a tenant with its first admin, whose password is read from standard input."""
    settings = load()
    if not _SLUG.fullmatch(slug):
        fail(f"{slug!r} is no short name: give small letters, digits and hyphens, such as harbour-law")
    domain = mail_domains.plain(mail_domain)
    if not domain:
        fail(f"{mail_domain!r} is not a domain")
    tenant_id = new_id()
    with owner(settings) as connection:
        if users := connection.execute(_LOG_INS, {"domain": domain}).scalar_one():
            fail(
                f"{users} people log in with addresses in {domain}: a person with a case address there could sign up "
                f"elsewhere as one of them. Use a domain for mail alone, such as cases.{domain}"
            )
        try:
            row = Tenant(id=tenant_id, slug=slug, name=name, mail_domain=domain).model_dump()
            connection.execute(insert(core(Tenant)), row)
        except IntegrityError:
            fail(f"there is a tenant {slug!r} already")
        create_user(connection, tenant_id, admin, admin_name, Role.ADMIN)
        audit.record(connection, [Act(tenant_id, None, "tenant.added", tenant_id, {"slug": slug})])
    print(f"{slug} is there; {admin} can log in at {settings.console.url}/login?tenant={slug}")
    print(f"mail for {domain} must be delivered to casemail")


@app.command("list")
def list_tenants() -> None:
    """List the tenants."""
    with owner(load()) as connection:
        for row in connection.execute(_TENANTS, {"operator": OPERATOR}):
            off = "" if row.active else "  (off)"
            print(visible(f"{row.slug}  {one_line(row.name)}  {row.mail_domain}  {row.people} people{off}"))


@app.command("off")
def off(slug: _Slug) -> None:
    """Let nobody of the tenant log in; its mail is not posted."""
    _switch(slug, active=False)


@app.command("on")
def on(slug: _Slug) -> None:
    """Undo `off`."""
    _switch(slug, active=True)


def _switch(slug: str, *, active: bool) -> None:
    with owner(load()) as connection:
        tenant_id = tenant_of(connection, slug, operator=False)
        connection.execute(_ACTIVE, {"id": tenant_id, "active": active})
        act = Act(tenant_id, None, "tenant.activated" if active else "tenant.deactivated", tenant_id)
        audit.record(connection, [act])
    print(f"{slug} is {'on' if active else 'off'}")
