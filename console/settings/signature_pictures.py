"""Settings > Signature pictures: the pictures that are hidden as parts of signatures, and undoing that."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.files import signature_pictures
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin

router = APIRouter()


@router.get("/settings/signatures")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the hidden pictures, the last seen first."""
    with services.database.tenant(viewer.tenant_id) as connection:
        pictures = signature_pictures.listed(connection)
    return page(request, "signatures.html", pictures=pictures)


@router.post("/settings/signatures/{picture_id}")
def decide(
    request: Request,
    services: TheServices,
    viewer: Admin,
    picture_id: UUID,
    no_signature: Annotated[bool, Form()],
) -> Response:
    """Records that a picture does not belong to a signature, or revokes that."""
    with services.database.tenant(viewer.tenant_id) as connection:
        values = {"no_signature": no_signature}
        if not signature_pictures.decide(connection, viewer.tenant_id, picture_id, by=viewer.id, **values):
            raise HTTPException(404, "There is no such picture, or somebody was faster. Open the page again.")
    later = "is a file when it comes again" if no_signature else "is hidden when it comes again"
    say(request, Kind.DONE, f"The picture {later}. What has posted stays as it is.")
    return RedirectResponse("/settings/signatures", 303)
