"""Settings > General Case Settings."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from cases import tenant_settings
from cases.addresses import mail_domain
from cases.inbound import dispositions
from cases.outgoing import catch_all_letter
from cases.refusal import FieldRefusal
from cases.tenant_settings import LEAST_TEXT
from cases.updates.posting_rules import MAX_TEXT
from console.inbound.decisions import decider
from console.services import Services, TheServices
from console.settings import queries
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, Viewer
from schemas.reasons import Disposition, Reason
from schemas.tables import ClosedCases, Receipts

router = APIRouter()

#: What can be chosen for mail that comes while replies are off.
_WhileOff = Literal[Disposition.HOLD, Disposition.FORWARD, Disposition.DROP]


@dataclass(frozen=True)
class _Typed:
    """The form as it was sent; an empty `while_off` leaves that setting as it is."""

    catch_all: str
    replies_on: bool
    while_off: _WhileOff | Literal[""]
    receipts: Receipts
    most_text: int
    text_required: bool
    closed_cases: ClosedCases
    case_pattern: str


def _typed(
    catch_all: Annotated[str, Form(max_length=1000)] = "",
    replies_on: Annotated[bool, Form()] = False,  # a browser does not send a checkbox that is off
    while_off: Annotated[_WhileOff | Literal[""], Form()] = "",
    receipts: Annotated[Receipts, Form()] = Receipts.OFF,
    most_text: Annotated[int, Form(ge=LEAST_TEXT, le=MAX_TEXT)] = MAX_TEXT,
    text_required: Annotated[bool, Form()] = False,
    closed_cases: Annotated[ClosedCases, Form()] = ClosedCases.REFUSE,
    case_pattern: Annotated[str, Form(max_length=1000)] = "{number}",
) -> _Typed:
    address, pattern = form_text(catch_all).strip(), form_text(case_pattern).strip()
    return _Typed(address, replies_on, while_off, receipts, most_text, text_required, closed_cases, pattern)


@router.get("/settings")
def home() -> Response:
    """Redirects to the first settings page."""
    return RedirectResponse("/settings/general", 303)


@router.get("/settings/general")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the settings."""
    return _page(request, services, viewer)


@router.post("/settings/general")
def save(request: Request, services: TheServices, viewer: Admin, typed: Annotated[_Typed, Depends(_typed)]) -> Response:
    """Saves all settings of the page; or saves nothing and shows why. Switching replies on releases the mails that were
    held because replies were off."""
    wanted = tenant_settings.check_general(
        services.database,
        tenant_settings.General(
            typed.replies_on,
            typed.catch_all,
            typed.receipts,
            typed.most_text,
            typed.text_required,
            typed.closed_cases,
            typed.case_pattern,
        ),
    )
    if isinstance(wanted, FieldRefusal):
        problem = {"catch_all": "problem", "case_pattern": "pattern_problem"}[wanted.field]
        return _page(request, services, viewer, typed, **{problem: wanted.words})
    with services.database.tenant(viewer.tenant_id) as connection:
        released = tenant_settings.save_general(connection, wanted, typed.while_off or None, decider(services, viewer))
    then = f" {_held_mails(released)} queued to go through the rules again." if released else ""
    say(request, Kind.DONE, f"The settings are saved.{then}")
    return RedirectResponse("/settings/general", 303)


@router.post("/settings/general/catch-all-test")
def test_catch_all(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Sends a test mail to the saved catch-all."""
    with services.database.tenant(viewer.tenant_id) as connection:
        refusal = catch_all_letter.post_test(connection, viewer.tenant_id, by=viewer.id)
    if refusal:
        say(request, Kind.PROBLEM, f"No test email was sent. {refusal}")
    else:
        say(request, Kind.QUEUED, "A test email is on its way to the catch-all. Look there for it.")
    return RedirectResponse("/settings/general", 303)


def _held_mails(count: int) -> str:
    return f"{count} held email{'s are' if count != 1 else ' is'}"


def _page(
    request: Request,
    services: Services,
    viewer: Viewer,
    refused: _Typed | None = None,
    problem: str = "",
    pattern_problem: str = "",
) -> Response:
    """Returns the page with the saved values, or with the values that were `refused` because of a `problem` with the
    catch-all, or a `pattern_problem`."""
    with services.database.tenant(viewer.tenant_id) as connection:
        saved = tenant_settings.general(connection, viewer.tenant_id)
        domain = mail_domain.read(connection, viewer.tenant_id)
        values: dict[str, object] = {
            "while_off": dispositions.of_tenant(connection, viewer.tenant_id)[Reason.REPLIES_OFF],
            "held": queries.count_held(connection, Reason.REPLIES_OFF),
            "failed": queries.count_held(connection, Reason.FORWARD_FAILED),
            "tested": catch_all_letter.last_test(connection, viewer.tenant_id),
            "log_ins": mail_domain.log_ins(connection, domain),
        }
    values |= asdict(saved)
    if refused:
        values |= {name: value for name, value in asdict(refused).items() if (name, value) != ("while_off", "")}
    return page(
        request,
        "settings.html",
        422 if refused else 200,
        problem=problem,
        pattern_problem=pattern_problem,
        mail_domain=domain,
        saved_catch_all=saved.catch_all,
        least_text=LEAST_TEXT,
        greatest_text=MAX_TEXT,
        **values,
    )
