"""Downloads: the files of updates. They leave as attachments that no browser runs."""

import re
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from sqlalchemy import text

from console.pages import clear
from console.services import Services, TheServices
from console.session import MAY_SEE, SEES_UPDATE, TheViewer
from storage.blobs import BlobMissingError

router = APIRouter()

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.ASCII)

_FILE = text(f"""
select f.name, f.content_type, f.blob
from update_files f join updates u on u.id = f.update_id join cases c on c.id = u.case_id
where f.id = :file_id and {MAY_SEE} and {SEES_UPDATE}
""")  # noqa: S608  # only constants of ours are put in


@router.get("/files/{file_id}")
def show(services: TheServices, viewer: TheViewer, file_id: UUID) -> Response:
    """A file of an update, for whoever may see its case and the update."""
    with services.database.tenant(viewer.tenant_id) as connection:
        row = connection.execute(_FILE, {"file_id": file_id, **viewer.sees}).first()
    if row is None:
        raise HTTPException(404, "There is no such file, or it is not one of yours.")
    return download(services, row.blob, row.name, row.content_type)


def download(services: Services, blob: str, name: str, content_type: str) -> Response:
    """The bytes of a blob as an attachment; 503 when the blob store does not give them."""
    try:
        data = services.blobs.get(blob)
    except BlobMissingError:
        raise HTTPException(503, "This file can't be read now. Tell whoever runs casemail.") from None
    headers = {
        # given as a header, or Starlette would claim a character set for text
        "content-type": content_type if _MEDIA_TYPE.fullmatch(content_type) else "application/octet-stream",
        "content-disposition": disposition(name),
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return Response(data, headers=headers)


def disposition(name: str) -> str:
    """Content-Disposition with the name in ASCII and, for those who read it, in full (RFC 6266 section 4.3)."""
    name = clear(name)
    ascii_name = re.sub(r'[^ -~]|["\\%/]', "_", name)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
