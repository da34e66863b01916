"""Carries out people's decisions on mails that did not post, from the form for one mail or for several."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.inbound import decisions
from cases.inbound.actions import ACTIONS, QUEUES, Action
from cases.inbound.decisions import Decider, Outcome
from console.inbound import queries, results
from console.inbound.mail_page import mail_page
from console.services import Services, TheServices
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.security import local_path
from console.web.session import InboundReader, Viewer

router = APIRouter()

#: Most mails in one form.
MOST = 500

#: Messages after acts whose result is not known yet.
_OUTCOMES = {
    Action.ACCEPT: "queued to post",
    Action.ATTACH: "queued to post on the case",
    Action.RECIPIENT: "queued to post, the sender added to the update",
    Action.REPLAY: "queued to be processed again",
    Action.FORWARD: "queued to be forwarded to the catch-all",
}


@router.get("/inbound/acts")
def back_to_list() -> Response:
    """Redirects to the log if a person had to log in before an act."""
    return RedirectResponse("/inbound", 303)


@router.post("/inbound/acts")
def act(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    action: Annotated[Action, Form()],
    mail: Annotated[tuple[str, ...], Form(max_length=MOST)] = (),
    case_number: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/inbound",
) -> Response:
    """Does the act on all the mails, each given as its id and the `run` at which the person saw it.

    If the form came from the page of a single mail and the act is refused, that page is shown again with the reason;
    otherwise it redirects to `back`.
    """
    seen, typed_number = dict(_seen(name) for name in mail), form_text(case_number)
    with services.database.tenant(viewer.tenant_id) as connection:
        case_id = queries.case_id(connection, typed_number.strip())
        outcome = decisions.act(connection, decider(services, viewer), action, seen, case_id)
    single = next(iter(seen)) if len(seen) == 1 else None
    if single and single in outcome.refused and back.startswith(f"/inbound/{single}"):
        return mail_page(request, services, viewer, single, str(outcome.refused[single]), case_number=typed_number)
    follow = [results.name(mail_id, seen[mail_id] + 1) for mail_id in outcome.done] if action in QUEUES else []
    to = f"/inbound/{single}" if single and back != f"/inbound/{single}" else ""
    say(request, _kind(action, outcome), _words(action, outcome), to=to, follow=follow[: results.MOST])
    return RedirectResponse(local_path(back), 303)


def decider(services: Services, viewer: Viewer) -> Decider:
    """Returns the viewer as the person who decides."""
    return Decider(viewer.tenant_id, viewer.id, viewer.name, services.settings.secrets.address_keys)


def _seen(name: str) -> tuple[UUID, int]:
    """Reads a mail's id and the run at which it was seen, from the value of its checkbox."""
    mail_id, _, run = name.partition("~")
    try:
        return UUID(mail_id), int(run)
    except ValueError:
        raise HTTPException(400, "This form is damaged. Go back, reload the page and try again.") from None


def _kind(action: Action, outcome: Outcome) -> Kind:
    if outcome.refused:
        return Kind.PROBLEM
    if not outcome.done:
        return Kind.NOTE
    return Kind.QUEUED if action in QUEUES or action is Action.ALIAS else Kind.DONE


def _words(action: Action, outcome: Outcome) -> str:
    done, refused = len(outcome.done), list(outcome.refused.values())
    if not done and not refused:
        return "No email was selected."
    words = [f"{done} email{'s' if done != 1 else ''} {_OUTCOMES.get(action, ACTIONS[action].words)}."] if done else []
    if refused:
        # the message is kept in a cookie, which has space for one reason
        words.append(f"{len(refused)} not done: {refused[0]}")
    return " ".join(words)
