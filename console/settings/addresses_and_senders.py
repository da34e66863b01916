"""Settings > Addresses and senders: for how long addresses work, and whether senders must be proven."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from cases import tenant_settings
from cases.inbound import sender_policy
from cases.inbound.answer_signs import LEAST_SCORES
from cases.tenant_settings import MOST_DAYS, MOST_SEALERS, SenderRules
from console.services import Services, TheServices
from console.settings import queries
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, Viewer
from schemas.tables import Authentication

router = APIRouter()

#: The choices for the check of senders: the name of each, and what it does.
CHOICES = {
    Authentication.LIMIT: (
        "Recommended",
        (
            "What the author's domain disowns is held. What is not proven posts as “Sender not verified”: in the name "
            "of somebody who works for you it waits for approval, and it never goes where clients can't see it."
        ),
    ),
    Authentication.ENFORCE: ("Strict", "Every email whose sender is not proven is held."),
    Authentication.SHADOW: ("Watch", "Senders are checked and noted below. It decides nothing."),
    Authentication.OFF: ("Off", "Senders are not checked: an email in the name of your staff posts as theirs."),
}


@router.get("/settings/senders")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the settings, and the mails of the last 30 days whose senders were not proven."""
    return _page(request, services, viewer)


@router.post("/settings/senders")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    reply_days: Annotated[int, Form(ge=0, le=MOST_DAYS)],
    grace_days: Annotated[int, Form(ge=0, le=MOST_DAYS)],
    authentication: Annotated[Authentication, Form()],
    answer_score: Annotated[int, Form(ge=min(LEAST_SCORES), le=max(LEAST_SCORES))],
    arc_sealers: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Saves all settings of the page; or saves nothing and shows why."""
    typed = form_text(arc_sealers)
    sealers = tenant_settings.sealers_in(typed)
    wanted = SenderRules(reply_days, grace_days, authentication, answer_score, sealers or ())
    if sealers is None:
        problem = f"Write at most {MOST_SEALERS} domains, such as lists.example.org, one on each line."
        return _page(request, services, viewer, problem, asdict(wanted) | {"arc_sealers": typed.splitlines()})
    with services.database.tenant(viewer.tenant_id) as connection:
        tenant_settings.save_sender_rules(connection, viewer.tenant_id, wanted, by=viewer.id)
    say(request, Kind.DONE, "The settings are saved.")
    return RedirectResponse("/settings/senders", 303)


def _page(
    request: Request, services: Services, viewer: Viewer, problem: str = "", refused: Mapping[str, object] | None = None
) -> Response:
    """Returns the page with the saved values, or with the values that were `refused` because of the `problem`."""
    with services.database.tenant(viewer.tenant_id) as connection:
        saved = tenant_settings.sender_rules(connection, viewer.tenant_id)
        unproven = queries.unproven_mails(connection)
        counts = sender_policy.verdicts(connection)
    return page(
        request,
        "senders.html",
        422 if problem else 200,
        saved=refused or saved,
        unproven=unproven,
        choices=CHOICES,
        outcomes=list(sender_policy.Outcome),
        would_have=sender_policy.would_have(counts),
        checked=sum(counts.values()),
        most_days=MOST_DAYS,
        answers=LEAST_SCORES,
        problem=problem,
    )
