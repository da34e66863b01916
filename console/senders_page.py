"""Settings > Addresses and Senders: how long addresses work, and whether senders must be proven."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.audit import Act, record
from console.pages import page
from console.services import TheServices
from console.session import Admin
from schemas.tables import Authentication

router = APIRouter()

#: Most days that can be set: a hundred years.
_MOST_DAYS = 36_500

_READ = text("select reply_days, grace_days, authentication from tenants where id = :id")
_SAVE = text("""
update tenants set reply_days = :reply_days, grace_days = :grace_days, authentication = :authentication where id = :id
""")
_UNPROVEN = text("""
select n.mail_id, n.noted_at, n.evidence, m.author, m.subject, m.recipient
from unproven_mails n join mails m on m.id = n.mail_id
where n.noted_at > now() - interval '30 days' order by n.noted_at desc limit 500
""")


@router.get("/settings/senders")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """The settings as they are, and the mails of the last 30 days whose senders were not proven."""
    with services.database.tenant(viewer.tenant_id) as connection:
        saved = connection.execute(_READ, {"id": viewer.tenant_id}).one()
        unproven = connection.execute(_UNPROVEN).all()
    return page(request, "senders.html", saved=saved, unproven=unproven, most_days=_MOST_DAYS)


@router.post("/settings/senders")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    reply_days: Annotated[int, Form(ge=0, le=_MOST_DAYS)],
    grace_days: Annotated[int, Form(ge=0, le=_MOST_DAYS)],
    authentication: Annotated[Authentication, Form()],
) -> Response:
    """Saves all the settings of the page."""
    wanted: dict[str, object] = {
        "reply_days": reply_days,
        "grace_days": grace_days,
        "authentication": authentication.value,
    }
    with services.database.tenant(viewer.tenant_id) as connection:
        before = connection.execute(_READ, {"id": viewer.tenant_id}).one()._mapping
        connection.execute(_SAVE, {"id": viewer.tenant_id, **wanted})
        changes = {name: f"{before[name]} to {value}" for name, value in wanted.items() if before[name] != value}
        if changes:
            record(connection, [Act(viewer.tenant_id, viewer.id, "settings.changed", viewer.tenant_id, changes)])
    request.session["flash"] = "The settings are saved."
    return RedirectResponse("/settings/senders", 303)
