"""Responses with entity tags: a client that has the newest state gets 304, one that changes an old state gets 412."""

from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.web.problems import ProblemError


def etag(shown: BaseModel) -> str:
    """Returns the entity tag of an object's representation (RFC 9110 section 8.8.3)."""
    return f'"{sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"'


def show(request: Request, shown: BaseModel, status: int = 200, *, location: str = "") -> Response:
    """Returns the object as JSON; 304 if the request has If-None-Match with its entity tag.

    After a change, a request with `Prefer: return=minimal` (RFC 7240) gets no body.
    """
    headers = {"ETag": etag(shown), "Cache-Control": "private, no-cache"}
    if location:
        headers["Location"] = location
    if request.method == "GET":
        if headers["ETag"] in _tags(request, "if-none-match"):
            return Response(status_code=304, headers=headers)
    elif "return=minimal" in request.headers.get("prefer", "").replace(" ", ""):
        headers["Preference-Applied"] = "return=minimal"
        return Response(status_code=201 if status == 201 else 204, headers=headers)  # noqa: PLR2004
    return Response(shown.model_dump_json(), status, headers, "application/json")


def check_unchanged(request: Request, before: BaseModel) -> None:
    """Raises `ProblemError` (412) if the request has If-Match without the entity tag of the object as it is now."""
    asked = _tags(request, "if-match")
    if asked and "*" not in asked and etag(before) not in asked:
        raise ProblemError(412, "It was changed meanwhile: read it again.")


def _tags(request: Request, field: str) -> set[str]:
    return {tag.strip() for tag in request.headers.get(field, "").split(",") if tag.strip()}
