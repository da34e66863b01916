"""Settings > Unposted mail: what happens to it, by reason, and how long originals are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
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
    Disposition.FORWARD: "Forward",
    Disposition.HOLD: "Keep in the inbox",
    Disposition.DROP: "Discard",
    Disposition.POST: "Post as an update",
}


@dataclass(frozen=True)
class Group:
    """Reasons that the page shows together: a heading, what they have in common, and each reason as a sentence."""

    id: str
    name: str
    about: str
    reasons: Mapping[Reason, str]


def _group(name: str, about: str, reasons: dict[Reason, str]) -> Group:
    return Group(name.split(maxsplit=1)[0].lower(), name, about, MappingProxyType(reasons))


#: Every reason of `OFFERED`, in the order of the page.
GROUPS = (
    _group(
        "Strangers and people you know",
        "Somebody wrote, but may not post this on the case.",
        {
            Reason.AUTHOR_UNKNOWN: "The sender isn't one of your people yet",
            Reason.AUTHOR_INACTIVE: "The sender's account is archived",
            Reason.AUTHOR_UNCLEAR: "It is unclear who the sender is",
            Reason.NOT_A_RECIPIENT: "The sender was not sent the update that they answer",
            Reason.NOT_ALLOWED: "The sender is not on this case",
            Reason.NOT_RELATED: "The email is about a new matter, not an answer to the update",
            Reason.REFUSED: "The update form would refuse this text, too",
        },
    ),
    _group(
        "Addresses",
        "It was sent to an address that no case or update has.",
        {
            Reason.UNKNOWN_ADDRESS: "There is no such address",
            Reason.MISTYPED_ADDRESS: "The address looks mistyped",
            Reason.EXPIRED_ADDRESS: "The address has expired",
        },
    ),
    _group(
        "Machines",
        "A program sent it, or it has no words of its own.",
        {
            Reason.AUTO_REPLY: "Out-of-office and other automatic replies",
            Reason.MAYBE_AUTOMATIC: "Perhaps an automatic reply",
            Reason.READ_RECEIPT: "Read receipts",
            Reason.BOUNCE: "An email could not be delivered",
            Reason.COMPLAINT: "Spam complaints from an email provider",
            Reason.LIST_MAIL: "Email from a mailing list",
            Reason.CALENDAR: "Calendar invitations and visiting cards",
            Reason.REACTION: "Reactions such as a thumbs-up",
            Reason.LOOP: "Email that goes round in a loop",
            Reason.OWN_MAIL: "One of our own emails that came back",
        },
    ),
    _group(
        "Problems",
        "It can't be read here, or not all of it.",
        {
            Reason.ENCRYPTED: "The email is encrypted",
            Reason.TOO_LARGE: "The email is too large: only its header was kept",
        },
    ),
)


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
        groups=GROUPS,
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
