"""Settings > Signature Pictures: what was learned to be no file, and taking that back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.files import signature_pictures
from console.services import TheServices
from console.web import messages
from console.web.messages import Kind
from console.web.pages import page
from console.web.session import Admin

router = APIRouter()


@router.get("/settings/signatures")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """The pictures that were hidden, those seen last first."""
    with services.database.tenant(viewer.tenant_id) as connection:
        pictures = signature_pictures.listed(connection)
    return page(request, "signatures.html", pictures=pictures)


@router.post("/settings/signatures/{picture_id}")
def say(
    request: Request,
    services: TheServices,
    viewer: Admin,
    picture_id: UUID,
    no_signature: Annotated[bool, Form()],
) -> Response:
    """Remembers that a picture is no signature, or that it may be one after all."""
    with services.database.tenant(viewer.tenant_id) as connection:
        values = {"no_signature": no_signature}
        if not signature_pictures.say(connection, viewer.tenant_id, viewer.id, picture_id, **values):
            raise HTTPException(404, "There is no such picture, or somebody was faster. Open the page again.")
    later = "is a file when it comes again" if no_signature else "is hidden when it comes again"
    messages.say(request, Kind.DONE, f"The picture {later}. What has posted stays as it is.")
    return RedirectResponse("/settings/signatures", 303)
