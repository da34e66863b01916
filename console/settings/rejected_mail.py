"""Settings > Mail that does not post: what is done for each reason, and how long originals are kept."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases import audit
from cases.audit import Act
from cases.inbound import dispositions
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin
from schemas.reasons import REASONS, Disposition, Reason

router = APIRouter()

#: Days that originals may be kept, at least and at most: they are looked at for some days, and not for ever.
DAYS = (7, 3650)
#: The reasons that a tenant has something to choose for. Replies that are off have their place beside the switch.
OFFERED = tuple(reason for reason, info in REASONS.items() if info.also and reason is not Reason.REPLIES_OFF)
#: What each disposition means, for a person.
WORDS = {
    Disposition.FORWARD: "forward to the catch-all",
    Disposition.HOLD: "hold for a person",
    Disposition.DROP: "drop: only show in the log",
}

_READ = text("select keep_raw_days, catch_all from tenants where id = :id")
_BEFORE = text("select keep_raw_days from tenants where id = :id for no key update")
_SAVE = text("update tenants set keep_raw_days = :days where id = :id")


@router.get("/settings/inbound")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """What is done for each reason."""
    with services.database.tenant(viewer.tenant_id) as connection:
        tenant = connection.execute(_READ, {"id": viewer.tenant_id}).one()
        chosen = dispositions.of_tenant(connection, viewer.tenant_id)
    return page(
        request,
        "inbound_settings.html",
        offered=OFFERED,
        reasons=REASONS,
        chosen=chosen,
        words=WORDS,
        days=tenant.keep_raw_days,
        least=DAYS[0],
        most=DAYS[1],
        catch_all=tenant.catch_all,
    )


@router.post("/settings/inbound")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    keep_raw_days: Annotated[int, Form(ge=DAYS[0], le=DAYS[1])],
    chosen: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Saves the page; each of `chosen` is a reason and a disposition, such as `bounce:hold`."""
    wanted = dict(_choice(one) for one in chosen)
    with services.database.tenant(viewer.tenant_id) as connection:
        before = connection.execute(_BEFORE, {"id": viewer.tenant_id}).scalar_one()
        connection.execute(_SAVE, {"id": viewer.tenant_id, "days": keep_raw_days})
        changed = dispositions.choose(connection, viewer.tenant_id, wanted)
        if before != keep_raw_days:
            changed["keep_raw_days"] = str(keep_raw_days)
        if changed:
            audit.record(connection, [Act(viewer.tenant_id, viewer.id, "settings.changed", viewer.tenant_id, changed)])
    say(request, Kind.DONE, "The settings are saved.")
    return RedirectResponse("/settings/inbound", 303)


def _choice(one: str) -> tuple[Reason, Disposition]:
    reason, _, disposition = one.partition(":")
    if reason not in OFFERED or disposition not in REASONS[Reason(reason)].choices:
        raise HTTPException(400, "That can't be chosen for this reason. Go back, reload the page and try again.")
    return Reason(reason), Disposition(disposition)
