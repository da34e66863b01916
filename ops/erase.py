"""`casemail erase`: a person's mails, on request."""

import sys

from sqlalchemy import text

from cases.erasure import erase
from schemas.settings import Settings
from workers.house import open_house

USAGE_ERROR = 2

_TENANT = text("select id from tenants where slug = :slug")


def run(settings: Settings, slug: str, email: str, *, updates: bool) -> int:
    """Erases, and tells what; 2 where there is no such tenant, 1 where mails are still on their way."""
    database = open_house(settings).database
    with database.system() as connection:
        tenant_id = connection.execute(_TENANT, {"slug": slug}).scalar()
    if tenant_id is None:
        print(f"casemail: there is no tenant {slug!r}", file=sys.stderr)
        return USAGE_ERROR
    with database.tenant(tenant_id) as connection:
        erased = erase(connection, tenant_id, email, actor_id=None, updates=updates)
    print(f"{erased.mails} mails erased; the dispatcher deletes their bytes in its next turns")
    print(f"{erased.updates} updates erased" if updates else "updates that came of them are kept")
    if erased.on_their_way:
        print(f"{erased.on_their_way} mails are still on their way: run this again when they have ended")
    return 1 if erased.on_their_way else 0
