"""Errors as problem details (RFC 9457): every error of the API has this form."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from cases.refusal import FieldRefusal, Refusal
from schemas.errors import CasemailError
from storage.database import is_not_storable, is_transient

MEDIA_TYPE = "application/problem+json"

_NOT_FOUND, _NO_METHOD = 404, 405
_WORDS = {
    _NOT_FOUND: "There is no such resource.",
    _NO_METHOD: "This resource has no such method.",
    400: "The body is not JSON.",
}
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    412: "Changed meanwhile",
    413: "Too large",
    422: "Refused",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available now",
}
#: How many wrong fields of a request are named.
_MOST_NAMED = 20


class WrongField(BaseModel):
    """A field that is wrong, and what is wrong with it."""

    field: str = Field(description="Path of the field, such as `members.0.email`")
    message: str


class ProblemDetails(BaseModel):
    """The body of every error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="A sentence for the person who reads it")
    errors: list[WrongField] = []


class ProblemError(CasemailError):
    """A request that is refused; `errors` has the message for each wrong field."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors or {}, headers


def of_refusal(refusal: Refusal, field: str = "") -> ProblemError:
    """Returns the problem for what a rule refused; `field` is the field that it is about, if the rule does not say."""
    name = (refusal.field if isinstance(refusal, FieldRefusal) else "") or field
    return ProblemError(422, refusal.words, {name: refusal.words} if name else None)


def no_such(what: str) -> ProblemError:
    """Returns the problem for an id that does not exist in this tenant."""
    return ProblemError(404, f"There is no such {what}.")


def response(
    status: int,
    detail: str,
    errors: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Returns a problem as a response."""
    pairs = errors.items() if isinstance(errors, Mapping) else errors
    wrong = [WrongField(field=field, message=message) for field, message in pairs]
    body = ProblemDetails(title=_TITLES.get(status, "Error"), status=status, detail=detail, errors=wrong)
    shown = body.model_dump(exclude={"errors"} if not wrong else set())
    return JSONResponse(shown, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _problem(_: Request, problem: ProblemError) -> Response:
    return response(problem.status, problem.detail, problem.errors, problem.headers)


def _http(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == _NO_METHOD:
        headers["Allow"] = ", ".join(_methods(request))
    return response(error.status_code, _WORDS.get(error.status_code, str(error.detail)), headers=headers)


def _methods(request: Request) -> list[str]:
    """Returns the methods of all routes with this path: Starlette names those of the first one only."""
    scope = dict(request.scope)
    matching = [
        route for route in request.app.routes if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
    ]
    return sorted({method for route in matching for method in route.methods or ()})


def _invalid(_: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if any(item["loc"][0] == "path" for item in found):
        return response(_NOT_FOUND, _WORDS[_NOT_FOUND])
    if any(item["type"] == "json_invalid" for item in found):
        return response(400, _WORDS[400])
    wrong = [(_field(item["loc"]), _message(item)) for item in found[:_MOST_NAMED]]
    return response(422, f"{wrong[0][0]}: {wrong[0][1]}", wrong)


def _field(place: Sequence[object]) -> str:
    return ".".join(str(part) for part in (place[1:] if len(place) > 1 else place))


def _message(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "There is no such field."
    return str(item["msg"]).removeprefix("Value error, ")


def _database(_: Request, error: DBAPIError) -> Response:
    if is_not_storable(error):
        return response(422, "There is something in this that can't be stored, such as U+0000.")
    if isinstance(error, IntegrityError):
        return response(409, "Another request changed the same thing at the same moment: read it again.")
    if not is_transient(error):
        raise error
    return _no_connection(_, error)


def _no_connection(_: Request, __: Exception) -> Response:
    return response(503, "The database does not answer now, and nothing was changed.", headers={"Retry-After": "60"})


def _failed(_: Request, __: Exception) -> Response:
    return response(500, "Something went wrong here. It was logged.")


#: The handler of each kind of error.
HANDLERS: dict[int | type[Exception], Any] = {
    ProblemError: _problem,
    HTTPException: _http,
    RequestValidationError: _invalid,
    DBAPIError: _database,
    NoConnectionError: _no_connection,
    Exception: _failed,
}
