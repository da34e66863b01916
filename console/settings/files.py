"""Settings > Files: how many files an update may have, how large, of which types, and what may be in them."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases import tenant_settings
from cases.files import file_policy
from cases.files.type_table import TABLE, FileGroup
from cases.files.types import allowed_endings
from console.services import Services, TheServices
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin
from schemas.files import MOST_FILES, SWITCHES, FilePolicy, FileReason, Unscanned

router = APIRouter()

_MB = 1_000_000
#: What each switch allows, and the risk, in words.
RISKS = {
    FileReason.MACROS: (
        "Office documents with macros, or with programs in them",
        "A macro runs on the computer of the person who opens the document and agrees to it.",
    ),
    FileReason.EXTERNAL: (
        "Office documents that load parts of themselves from elsewhere",
        "Opening one shows its author that it was opened, and may load macros that were not there when it was checked.",
    ),
    FileReason.ACTIVE_PDF: (
        "PDFs with JavaScript, or that start programs",
        "Forms that calculate are among them, and so are PDFs made to break into computers.",
    ),
    FileReason.ENCRYPTED: (
        "Files locked with a password",
        "Neither these rules nor the malware scanner can check what is in them.",
    ),
}
#: What happens while the malware scanner does not answer, in words.
WAITING = {
    Unscanned.FILES_WAIT: "The text posts at once; the files are added by themselves when the scanner answers",
    Unscanned.MAIL_WAITS: "The email waits some minutes; then it is held in the inbox",
}


@router.get("/settings/files")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the policy."""
    with services.database.tenant(viewer.tenant_id) as connection:
        policy = file_policy.of_tenant(connection, viewer.tenant_id)
    return page(
        request,
        "file_settings.html",
        policy=policy,
        most_files=MOST_FILES,
        most_mb=_most_mb(services),
        each_mb=_shown(policy.most_bytes, services),
        together_mb=_shown(policy.most_bytes_together, services),
        groups={group: [row for row in TABLE if row.group is group] for group in FileGroup},
        allowed=allowed_endings(policy),
        risks=RISKS,
        waiting=WAITING,
        scans=bool(services.settings.clamd.address),
    )


@router.post("/settings/files")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    most_files: Annotated[int, Form(ge=1, le=MOST_FILES)],
    each_mb: Annotated[int, Form(ge=1)],
    together_mb: Annotated[int, Form(ge=1)],
    unscanned: Annotated[Unscanned | None, Form()] = None,
    types: Annotated[tuple[str, ...], Form()] = (),
    let_in: Annotated[tuple[FileReason, ...], Form()] = (),
) -> Response:
    """Saves the page. `types` has the first ending of each allowed type, `let_in` the switches that are on."""
    rows = {row.endings[0]: row for row in TABLE}
    offered = rows.keys() >= set(types) and set(SWITCHES) >= set(let_in)
    if not offered or max(each_mb, together_mb) > _most_mb(services):
        raise HTTPException(400, "That can't be chosen here. Go back, reload the page and try again.")
    with services.database.tenant(viewer.tenant_id) as connection:
        before = file_policy.of_tenant(connection, viewer.tenant_id)
        wanted = FilePolicy(
            most_files=most_files,
            most_bytes=_bytes(each_mb, before.most_bytes, services),
            most_bytes_together=_bytes(together_mb, before.most_bytes_together, services),
            types=frozenset(ending for first in types for ending in rows[first].endings),
            **{switch.value: switch in let_in for switch in SWITCHES},
            unscanned=unscanned or before.unscanned,
        )
        tenant_settings.save_files(connection, viewer.tenant_id, wanted, by=viewer.id)
    say(request, Kind.DONE, "The settings are saved.")
    return RedirectResponse("/settings/files", 303)


def _most_mb(services: Services) -> int:
    """Returns the largest useful size in MB: a file is never larger than the mail or the form that contains it."""
    return max(services.settings.limits.mail // _MB, 1)


def _shown(size: int, services: Services) -> int:
    return min(max(size // _MB, 1), _most_mb(services))


def _bytes(chosen: int, before: int, services: Services) -> int:
    """Returns the chosen size in bytes; the exact size `before`, if the admin left the shown number as it was."""
    return before if chosen == _shown(before, services) else chosen * _MB
