"""Settings > Addresses and Senders: how long addresses work, and whether senders must be proven."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.addresses import mail_domain
from cases.audit import Act, record
from cases.inbound import sender_policy
from console.services import Services, TheServices
from console.web.forms import typed
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, Viewer
from schemas.tables import Authentication

router = APIRouter()

#: Most days that can be set: a hundred years.
_MOST_DAYS = 36_500

#: Most forwarders that can be trusted.
_MOST_SEALERS = 20
#: From which score of signs on a mail is an answer (workers.validate.answers): subject 1, quote 2, reply header 2.
ANSWERS = {
    0: "Every mail to the address of an update is an answer",
    1: "One sign is enough: an answer's subject, a quote of the update, or a reply header",
    2: "A quote or a reply header; the subject alone is not enough",
    3: "A quote or a reply header, and one more sign",
}

_READ = text("select reply_days, grace_days, authentication, arc_sealers, answer_score from tenants where id = :id")
_SAVE = text("""
update tenants set reply_days = :reply_days, grace_days = :grace_days, authentication = :authentication,
    arc_sealers = :arc_sealers, answer_score = :answer_score where id = :id
""")
#: What can be asked of senders, each in a word and with what it does.
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

_UNPROVEN = text("""
select n.mail_id, n.noted_at, n.evidence, m.author, m.subject, m.recipient
from unproven_mails n join mails m on m.id = n.mail_id
where n.noted_at > now() - interval '30 days' order by n.noted_at desc limit 500
""")


@router.get("/settings/senders")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """The settings as they are, and the mails of the last 30 days whose senders were not proven."""
    return _page(request, services, viewer)


@router.post("/settings/senders")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    reply_days: Annotated[int, Form(ge=0, le=_MOST_DAYS)],
    grace_days: Annotated[int, Form(ge=0, le=_MOST_DAYS)],
    authentication: Annotated[Authentication, Form()],
    answer_score: Annotated[int, Form(ge=min(ANSWERS), le=max(ANSWERS))],
    arc_sealers: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Saves all the settings of the page, or none with the words why."""
    typed_in = typed(arc_sealers)
    sealers = [mail_domain.plain(word) for word in typed_in.replace(",", " ").split()]
    wanted: dict[str, object] = {
        "reply_days": reply_days,
        "grace_days": grace_days,
        "authentication": authentication.value,
        "answer_score": answer_score,
        "arc_sealers": list(dict.fromkeys(sealers)),
    }
    if not all(sealers) or len(sealers) > _MOST_SEALERS:
        problem = f"Write at most {_MOST_SEALERS} domains, such as lists.example.org, one on each line."
        return _page(request, services, viewer, problem, {**wanted, "arc_sealers": typed_in.splitlines()})
    with services.database.tenant(viewer.tenant_id) as connection:
        before = connection.execute(_READ, {"id": viewer.tenant_id}).one()._mapping
        connection.execute(_SAVE, {"id": viewer.tenant_id, **wanted})
        changes = {name: f"{before[name]} to {value}" for name, value in wanted.items() if before[name] != value}
        if changes:
            record(connection, [Act(viewer.tenant_id, viewer.id, "settings.changed", viewer.tenant_id, changes)])
    say(request, Kind.DONE, "The settings are saved.")
    return RedirectResponse("/settings/senders", 303)


def _page(
    request: Request, services: Services, viewer: Viewer, problem: str = "", refused: Mapping[str, object] | None = None
) -> Response:
    """The page with the saved values, or with those that were `refused` because of a `problem`."""
    with services.database.tenant(viewer.tenant_id) as connection:
        saved = connection.execute(_READ, {"id": viewer.tenant_id}).mappings().one()
        unproven = connection.execute(_UNPROVEN).all()
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
        most_days=_MOST_DAYS,
        answers=ANSWERS,
        problem=problem,
    )
