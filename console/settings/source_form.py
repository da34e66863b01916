"""Settings > Email sources: the form that adds or changes a mailbox. Secrets can be entered, but are never shown."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from cases.inbound import sources
from cases.refusal import Refusal
from console.services import Services, TheServices
from console.settings.sources import read_source
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin
from schemas.mailboxes import Login, MailboxOptions, MailboxSecret
from schemas.tables import SourceKind
from storage.secret_box import SealError, SecretBox

router = APIRouter()

_LONGEST_NAME = 100
_FIELDS = "Delivered-To,X-Original-To"


class Typed:
    """The form as it was sent. `shown` has the values that the page may show again."""

    def __init__(
        self,
        name: Annotated[str, Form(max_length=_LONGEST_NAME)] = "",
        kind: Annotated[str, Form()] = "imap",
        host: Annotated[str, Form()] = "",
        port: Annotated[str, Form()] = "",
        security: Annotated[str, Form()] = "tls",
        username: Annotated[str, Form()] = "",
        login: Annotated[str, Form()] = "password",
        client_id: Annotated[str, Form()] = "",
        directory: Annotated[str, Form()] = "",
        token_url: Annotated[str, Form()] = "",
        folder: Annotated[str, Form()] = "INBOX",
        after: Annotated[str, Form()] = "move",
        move_to: Annotated[str, Form()] = "casemail",
        idle: Annotated[bool, Form()] = False,
        period: Annotated[int, Form(ge=1, le=1_440)] = 5,
        recipient_fields: Annotated[str, Form(max_length=300)] = _FIELDS,
        canary_address: Annotated[str, Form(max_length=254)] = "",
        canary_minutes: Annotated[int, Form(ge=0, le=1_440)] = 0,
        authserv_id: Annotated[str, Form(max_length=255)] = "",
        authserv_fields: Annotated[int, Form(ge=1, le=10)] = 1,
        password: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
        refresh_token: Annotated[str, Form()] = "",
    ) -> None:
        self.shown: dict[str, Any] = {
            "name": " ".join(name.split()),
            "kind": kind,
            "host": host.strip(),
            "port": port.strip(),
            "security": security,
            "username": username,
            "login": login,
            "client_id": client_id,
            "directory": directory,
            "token_url": token_url.strip(),
            "folder": folder,
            "after": after if kind == "imap" or after in ("delete", "leave") else "delete",
            "move_to": move_to,
            "idle": idle,
            "period": period,
            "recipient_fields": recipient_fields.strip() or _FIELDS,
            "canary_address": canary_address.strip(),
            "canary_minutes": canary_minutes,
            "authserv_id": authserv_id.strip(),
            "authserv_fields": authserv_fields,
        }
        self._secret = {"password": password, "client_secret": client_secret, "refresh_token": refresh_token}

    def wanted(self, *, with_secret: bool = False) -> sources.Wanted:
        """Returns the mailbox that the form describes; `with_secret` requires a secret. Raises ValueError if a value is
        not valid."""
        shown = self.shown
        if shown["kind"] not in sources.OF_TENANTS:
            raise ValueError("Choose IMAP or POP3.")
        numbers = {"port": shown["port"] or 0, "canary_seconds": shown["canary_minutes"] * 60}
        options = MailboxOptions.model_validate({**shown, **numbers})
        by_password = options.login is Login.PASSWORD
        used = ("password",) if by_password else ("client_secret", "refresh_token")
        given = {name: self._secret[name] for name in used if self._secret[name]}
        if with_secret and not given:
            raise ValueError("Enter the password or the OAuth details.")
        secret = MailboxSecret.model_validate(given) if given else None
        return sources.Wanted(
            shown["name"],
            SourceKind(shown["kind"]),
            options,
            secret,
            shown["period"] * 60,
            shown["recipient_fields"],
        )


TheTyped = Annotated[Typed, Depends(Typed)]


@router.get("/settings/sources/new")
def new(request: Request, viewer: Admin) -> Response:  # noqa: ARG001  # only admins may open it
    """Shows the form for a new mailbox."""
    return _form(request, Typed().shown, None)


@router.post("/settings/sources")
def add(request: Request, services: TheServices, viewer: Admin, typed: TheTyped) -> Response:
    """Adds a mailbox."""
    try:
        wanted = typed.wanted(with_secret=True)
        with services.database.tenant(viewer.tenant_id) as connection:
            actor = sources.Actor(viewer.tenant_id, viewer.id)
            added = sources.add(connection, actor, _secret_box(services), wanted, untested=True)
    except (ValueError, SealError) as error:
        return _form(request, typed.shown, None, _problem(error), 400)
    if isinstance(added, Refusal):
        return _form(request, typed.shown, None, added.words, 400)
    say(request, Kind.NOTE, "The source is saved, and not fetched yet: test its connection first.")
    return RedirectResponse(f"/settings/sources/{added}", 303)


@router.get("/settings/sources/{source_id}/edit")
def edit(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """Shows the form with the present values of a mailbox, without its secret."""
    with services.database.tenant(viewer.tenant_id) as connection:
        row = read_source(connection, source_id)
    shown = Typed().shown | row.options
    shown |= {"name": row.name, "kind": row.kind, "recipient_fields": row.recipient_fields}
    shown |= {"period": max(1, row.period_seconds // 60), "port": row.options.get("port") or ""}
    shown["canary_minutes"] = row.options.get("canary_seconds", 0) // 60
    return _form(request, shown, source_id)


@router.post("/settings/sources/{source_id}/edit")
def change(request: Request, services: TheServices, viewer: Admin, source_id: UUID, typed: TheTyped) -> Response:
    """Changes a mailbox, but not between IMAP and POP3."""
    with services.database.tenant(viewer.tenant_id) as connection:
        typed.shown["kind"] = read_source(connection, source_id).kind
    try:
        wanted = typed.wanted()
        with services.database.tenant(viewer.tenant_id) as connection:
            actor = sources.Actor(viewer.tenant_id, viewer.id)
            refusal = sources.change(connection, actor, _secret_box(services), source_id, wanted)
    except (ValueError, SealError) as error:
        return _form(request, typed.shown, source_id, _problem(error), 400)
    if refusal:
        return _form(request, typed.shown, source_id, refusal.words, 400)
    say(request, Kind.DONE, "The source is changed.")
    return RedirectResponse(f"/settings/sources/{source_id}", 303)


def _form(
    request: Request, shown: dict[str, Any], source_id: UUID | None, problem: str = "", status: int = 200
) -> Response:
    return page(request, "source_form.html", status, shown=shown, source_id=source_id, problem=problem)


def _problem(error: Exception) -> str:
    """Returns the problem in words, without the typed value, which may be a secret."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        where = " ".join(str(part) for part in first["loc"]).replace("_", " ")
        words = str(first["msg"]).removeprefix("Value error, ")
        return f"{where}: {words}" if where else words[:1].upper() + words[1:]
    words = str(error)
    return words[:1].upper() + words[1:]


def _secret_box(services: Services) -> SecretBox:
    return SecretBox.from_settings(services.settings)
