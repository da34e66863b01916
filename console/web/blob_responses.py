"""Blobs as HTTP answers: of a type that no browser guesses, in a sandbox, whole or in ranges, in no shared cache.

Their bytes are checked against their hash each time, and the hash is their ETag.
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

#: Content-Security-Policy of what is downloaded, and of what is shown.
SANDBOX = "sandbox; default-src 'none'"
#: A sandbox would keep browsers from their own PDF viewer, which runs apart from the page.
NO_SANDBOX = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Served:
    """What is given out: a blob, the name and the type it goes by, and whether it may be shown in the page."""

    blob: str
    name: str
    content_type: str
    inline: bool = False


def serve(request: Request, services: Services, what: Served) -> Response:
    """The blob, or the range of it that is asked for (RFC 9110 section 14); 503 when it can't be had."""
    headers = _headers(services, what)
    asked = request.headers
    if _matches(asked.get("if-none-match", ""), headers["etag"]):
        return Response(status_code=304, headers=headers)
    try:
        data = services.blobs.get(what.blob)
    except (BlobMissingError, ConnectionError):
        raise HTTPException(503, "This file can't be read now. Tell whoever runs casemail.") from None
    wanted = asked.get("range", "")
    if not wanted or asked.get("if-range", headers["etag"]) != headers["etag"]:
        return Response(data, headers=headers)
    return _range(data, wanted, headers)


def _range(data: bytes, wanted: str, headers: dict[str, str]) -> Response:
    """One range; several at once, or another unit, may be answered with the whole."""
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


def _headers(services: Services, what: Served) -> dict[str, str]:
    kind = preview_of(what.content_type) if what.inline else ""
    policy = f"{NO_SANDBOX}; frame-ancestors 'self' {services.settings.console.url}" if kind == PDF else SANDBOX
    # given as a header, or Starlette would claim a character set for text
    return {
        "content-type": what.content_type if _MEDIA_TYPE.fullmatch(what.content_type) else "application/octet-stream",
        "content-disposition": disposition(what.name, "inline" if kind else "attachment"),
        "content-security-policy": policy,
        "cross-origin-resource-policy": "same-site" if services.settings.console.files_url else "same-origin",
        "cache-control": "private, no-cache",
        "accept-ranges": "bytes",
        "etag": f'"{re.split(r"[/.]", what.blob)[-1]}"',
    }


def _matches(asked: str, etag: str) -> bool:
    return asked == "*" or etag in {one.strip().removeprefix("W/") for one in asked.split(",")}


def disposition(name: str, kind: str = "attachment") -> str:
    """Content-Disposition with the name in ASCII and, for those who read it, in full (RFC 6266 section 4.3)."""
    name = clear(name)
    ascii_name = re.sub(r'[^ -~]|["\\%/]', "_", name)
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
