"""Sends blobs as HTTP responses: whole or in ranges, with a fixed type, sandboxed, and kept out of shared caches.

The bytes are checked against their hash each time, and the hash is the ETag.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import HTTPException, Request
from fastapi.responses import Response

from console.services import Services
from console.web.pages import clear
from console.web.previews import PDF, preview_of
from storage.blobs.store import BlobMissingError

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.ASCII)
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)

#: Content-Security-Policy of blobs.
SANDBOX = "sandbox; default-src 'none'"
#: Content-Security-Policy of PDFs: a sandbox would disable the browser's PDF viewer, which is isolated anyway.
NO_SANDBOX = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Served:
    """A blob to send, the file name and type to send it with, and whether the browser may show it in the page."""

    blob: str
    name: str
    content_type: str
    inline: bool = False


def serve(request: Request, services: Services, served: Served) -> Response:
    """Returns the blob, or the range that the request asks for (RFC 9110 section 14). Raises HTTPException (503) if the
    blob can't be read."""
    headers = _headers(services, served)
    asked = request.headers
    if _matches(asked.get("if-none-match", ""), headers["etag"]):
        return Response(status_code=304, headers=headers)
    try:
        data = services.blobs.get(served.blob)
    except (BlobMissingError, ConnectionError):
        raise HTTPException(503, "This file can't be read now. Tell the people who run casemail.") from None
    wanted = asked.get("range", "")
    if not wanted or asked.get("if-range", headers["etag"]) != headers["etag"]:
        return Response(data, headers=headers)
    return _range(data, wanted, headers)


def _range(data: bytes, wanted: str, headers: dict[str, str]) -> Response:
    """Returns the range; the whole blob for several ranges or another unit, as RFC 9110 allows."""
    match = _RANGE.fullmatch(wanted.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return Response(data, headers=headers)
    first, last = match.groups()
    size = len(data)
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size or stop <= start:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers = {**headers, "content-range": f"bytes {start}-{stop - 1}/{size}"}
    return Response(memoryview(data)[start:stop], 206, headers=headers)


def _headers(services: Services, served: Served) -> dict[str, str]:
    kind = preview_of(served.content_type) if served.inline else ""
    is_valid = _MEDIA_TYPE.fullmatch(served.content_type)
    policy = f"{NO_SANDBOX}; frame-ancestors 'self' {services.settings.console.url}" if kind == PDF else SANDBOX
    # the type is set as a header: Starlette would add a character set to text
    return {
        "content-type": served.content_type if is_valid else "application/octet-stream",
        "content-disposition": disposition(served.name, "inline" if kind else "attachment"),
        "content-security-policy": policy,
        "cross-origin-resource-policy": "same-site" if services.settings.console.files_url else "same-origin",
        "cache-control": "private, no-cache",
        "accept-ranges": "bytes",
        "etag": f'"{re.split(r"[/.]", served.blob)[-1]}"',
    }


def _matches(asked: str, etag: str) -> bool:
    return asked == "*" or etag in {tag.strip().removeprefix("W/") for tag in asked.split(",")}


def disposition(name: str, kind: str = "attachment") -> str:
    """Returns a Content-Disposition with the name in ASCII and, for clients that read it, in full (RFC 6266 4.3)."""
    name = clear(name)
    ascii_name = re.sub(r'[^ -~]|["\\%/]', "_", name)
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
