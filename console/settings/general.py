"""Settings > General Case Settings."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases import audit
from cases.addresses import mail_domain
from cases.addresses.compare import plain_address
from cases.audit import Act
from cases.inbound import decisions, dispositions
from cases.outgoing import catch_all_test
from cases.updates.posting_rules import MAX_TEXT
from console.inbound.decisions import case_worker
from console.services import Services, TheServices
from console.web.forms import typed
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, Viewer
from schemas.reasons import Disposition, Reason
from schemas.tables import Receipts

router = APIRouter()

_NOT_PLAIN = "Write one plain email address, such as helpdesk@example.org, or leave the field empty."
_LOOP = (
    "That address is in a mail domain that casemail itself receives: every forwarded mail would come back. "
    "Write an address that another mail system receives."
)

#: Fewest characters that an update may be limited to.
_LEAST_TEXT = 100

_READ = text("""
select replies_on, catch_all, receipts, mail_domain, most_text, text_required from tenants where id = :id
""")
# locked, so that of two who switch replies on at once only one lets the held mails in
_BEFORE = text("""
select replies_on, catch_all, receipts, most_text, text_required from tenants where id = :id for no key update
""")
_SAVE = text("""
update tenants set replies_on = :replies_on, catch_all = :catch_all, receipts = :receipts, most_text = :most_text,
    text_required = :text_required where id = :id
""")
_HELD = text("select count(*) from mails where state = 'held' and reason = 'replies_off'")
_FAILED = text("select count(*) from mails where state = 'held' and reason = 'forward_failed'")
_OURS = text("select exists (select 1 from tenants where mail_domain = any(:domains))")


@router.get("/settings")
def home() -> Response:
    """General Case Settings are the only settings page."""
    return RedirectResponse("/settings/general", 303)


@router.get("/settings/general")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """The settings as they are."""
    return _page(request, services, viewer)


@router.post("/settings/general")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    catch_all: Annotated[str, Form(max_length=1000)] = "",
    replies_on: Annotated[bool, Form()] = False,  # a checkbox that is off is not sent
    while_off: Annotated[Disposition | Literal[""], Form()] = "",
    receipts: Annotated[Receipts, Form()] = Receipts.OFF,
    most_text: Annotated[int, Form(ge=_LEAST_TEXT, le=MAX_TEXT)] = MAX_TEXT,
    text_required: Annotated[bool, Form()] = False,
) -> Response:
    """Saves all the settings of the page, or none with the words why. Switched on, replies let in what was held
    because they were off."""
    wanted = typed(catch_all).strip()
    address = plain_address(wanted)
    values: dict[str, object] = {
        "replies_on": replies_on,
        "receipts": receipts,
        "most_text": most_text,
        "text_required": text_required,
    }
    again = values | ({"while_off": while_off} if while_off else {})
    if address is None:
        return _page(request, services, viewer, **again, catch_all=wanted, problem=_NOT_PLAIN)
    if _comes_back(services, address):
        return _page(request, services, viewer, **again, catch_all=wanted, problem=_LOOP)
    new = {**values, "catch_all": address}
    let_in = 0
    with services.database.tenant(viewer.tenant_id) as connection:
        before = connection.execute(_BEFORE, {"id": viewer.tenant_id}).mappings().one()
        connection.execute(_SAVE, {"id": viewer.tenant_id, **new})
        changed = {name: str(value) for name, value in new.items() if value != before[name]}
        if while_off:
            changed |= dispositions.choose(connection, viewer.tenant_id, {Reason.REPLIES_OFF: while_off})
        if changed:
            act = Act(viewer.tenant_id, viewer.id, "settings.changed", viewer.tenant_id, changed)
            audit.record(connection, [act])
        if replies_on and not before["replies_on"]:
            let_in = decisions.replay_held(connection, case_worker(services, viewer), Reason.REPLIES_OFF)
    goes_on = f" {_mails(let_in)} queued to go through the rules again." if let_in else ""
    say(request, Kind.DONE, f"The settings are saved.{goes_on}")
    return RedirectResponse("/settings/general", 303)


@router.post("/settings/general/catch-all-test")
def test_catch_all(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Has a test mail sent to the catch-all as it is saved."""
    with services.database.tenant(viewer.tenant_id) as connection:
        problem = catch_all_test.post_test(connection, viewer.tenant_id, by=viewer.id)
    if problem:
        say(request, Kind.PROBLEM, f"No test mail was sent. {problem}")
    else:
        say(request, Kind.QUEUED, "A test mail is on its way to the catch-all. Look there for it.")
    return RedirectResponse("/settings/general", 303)


def _mails(count: int) -> str:
    return f"{count} held mail{'s are' if count != 1 else ' is'}"


def _comes_back(services: Services, address: str) -> bool:
    """Whether the address lies in a mail domain of any tenant, or below one."""
    labels = address.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels))]
    with services.database.system() as connection:
        return bool(address) and bool(connection.execute(_OURS, {"domains": domains}).scalar())


def _page(request: Request, services: Services, viewer: Viewer, **refused: object) -> Response:
    """The page with the saved values, or with those that were refused and the problem with them."""
    with services.database.tenant(viewer.tenant_id) as connection:
        saved = connection.execute(_READ, {"id": viewer.tenant_id}).one()
        waiting = connection.execute(_HELD).scalar_one()
        failed = connection.execute(_FAILED).scalar_one()
        while_off = dispositions.of_tenant(connection, viewer.tenant_id)[Reason.REPLIES_OFF]
        tested = catch_all_test.last_test(connection, viewer.tenant_id)
        log_ins = mail_domain.log_ins(connection, saved.mail_domain)
    values: dict[str, object] = {**saved._mapping, "problem": "", "while_off": while_off, **refused}
    values |= {"least_text": _LEAST_TEXT, "greatest_text": MAX_TEXT}
    values |= {"failed": failed, "was_on": saved.replies_on, "log_ins": log_ins}
    values |= {"saved_catch_all": saved.catch_all, "tested": tested}
    status = 422 if refused else 200
    return page(request, "settings.html", status, held=waiting, **values)
