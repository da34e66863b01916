"""Settings > Mail That Does Not Post: what happens to it, by reason, and how long originals are kept."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases import tenant_settings
from cases.inbound import dispositions
from cases.tenant_settings import KEEP_RAW_DAYS
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin
from schemas.reasons import REASONS, Disposition, Reason

router = APIRouter()

#: The reasons for which a tenant can choose here. The choice while replies are off is beside the switch for replies.
OFFERED = tuple(reason for reason, info in REASONS.items() if info.also and reason is not Reason.REPLIES_OFF)
#: Each disposition in words.
WORDS = {
    Disposition.FORWARD: "forward to the catch-all",
    Disposition.HOLD: "hold for a person",
    Disposition.DROP: "drop: only show in the log",
    Disposition.POST: "post it as an update",
}


@router.get("/settings/inbound")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the choice for each reason."""
    with services.database.tenant(viewer.tenant_id) as connection:
        days = tenant_settings.keep_raw_days(connection, viewer.tenant_id)
        catch_all = tenant_settings.general(connection, viewer.tenant_id).catch_all
        chosen = dispositions.of_tenant(connection, viewer.tenant_id)
    return page(
        request,
        "inbound_settings.html",
        offered=OFFERED,
        reasons=REASONS,
        chosen=chosen,
        words=WORDS,
        days=days,
        least=KEEP_RAW_DAYS[0],
        most=KEEP_RAW_DAYS[1],
        catch_all=catch_all,
    )


@router.post("/settings/inbound")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    keep_raw_days: Annotated[int, Form(ge=KEEP_RAW_DAYS[0], le=KEEP_RAW_DAYS[1])],
    chosen: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Saves the page; each of `chosen` is a reason and a disposition, such as `bounce:hold`."""
    wanted = dict(_choice(pair) for pair in chosen)
    with services.database.tenant(viewer.tenant_id) as connection:
        tenant_settings.save_rejected_mail(connection, viewer.tenant_id, keep_raw_days, wanted, by=viewer.id)
    say(request, Kind.DONE, "The settings are saved.")
    return RedirectResponse("/settings/inbound", 303)


def _choice(pair: str) -> tuple[Reason, Disposition]:
    reason, _, disposition = pair.partition(":")
    if reason not in OFFERED or disposition not in REASONS[Reason(reason)].choices:
        raise HTTPException(400, "That can't be chosen for this reason. Go back, reload the page and try again.")
    return Reason(reason), Disposition(disposition)
