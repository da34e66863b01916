"""Sends blobs: bytes of strangers, which no browser may show as a page of ours."""

from urllib.parse import quote

from fastapi.responses import Response

from api.web.problems import ProblemError
from storage.blobs.store import BlobMissingError, Blobs


def download(blobs: Blobs, blob: str, name: str, content_type: str = "application/octet-stream") -> Response:
    """Returns the blob as a file of this name. Raises `ProblemError` (503) if it can't be read now."""
    try:
        data = blobs.get(blob)
    except (BlobMissingError, ConnectionError):
        raise ProblemError(503, "It can't be read now. Try again later.", headers={"Retry-After": "60"}) from None
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",  # RFC 6266 section 4.3
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": content_type,  # as a header: Starlette would add a character set to text
    }
    return Response(data, headers=headers)
