"""The responses to requests that fail: one handler for each kind of error."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException as RoutingError

from console.guards.turns import BusyError
from console.web import session
from console.web.pages import page
from console.web.security import HEADERS, local_path
from console.web.session import LoggedOutError, Viewer
from storage.database import is_not_storable, is_transient

_NO_SUCH_METHOD, _TOO_MANY, _NO_SERVICE = 405, 429, 503
_NO_PAGE = "There is no such page."
_NOT_UNDERSTOOD = "The console does not understand this. Go back, reload the page and try again."
_NOT_STORABLE = (
    "There is something in this that can't be stored, such as a number that is too large. Go back and write it again."
)
_BUSY = "Too much of yours is going on at the moment. Nothing was changed. Go back and try again in {} seconds."
_NO_DATABASE = "The database does not answer now, and nothing was changed. Try again in a minute."
_FAILED = "<!doctype html><title>casemail</title><h1>Something went wrong</h1><p>It was logged. Try again later."


def _log_in_first(request: Request, _: LoggedOutError) -> Response:
    here = request.url.path + ("?" + request.url.query if request.url.query else "")
    if request.method == "POST":
        # leads back to the page with the form, which restores the typed text
        here = came_from(request) or here
    to = f"/login?next={quote(here, safe='')}"
    if tenant := request.query_params.get("tenant"):
        to += f"&tenant={quote(tenant, safe='')}"
    if "hx-request" in request.headers:
        # htmx would insert the target of a redirect into the page
        return Response(status_code=401, headers={"hx-redirect": to})
    return RedirectResponse(to, 303)


def _refused(request: Request, error: HTTPException) -> Response:
    return error_page(request, error.status_code, error.detail, error.headers)


def _no_route(request: Request, error: RoutingError) -> Response:
    above = request.url.path.rpartition("/")[0]
    if error.status_code == _NO_SUCH_METHOD and request.method in ("GET", "HEAD") and above:
        # the address that a form posts to was reloaded, or opened after a log-in: the form is on the page above
        return RedirectResponse(above, 303)
    return error_page(request, error.status_code, _NO_PAGE)


def _not_understood(request: Request, error: RequestValidationError) -> Response:
    in_path = any(item["loc"][0] == "path" for item in error.errors())
    return error_page(request, 404, _NO_PAGE) if in_path else error_page(request, 400, _NOT_UNDERSTOOD)


def _database(request: Request, error: DBAPIError) -> Response:
    if is_not_storable(error):
        return error_page(request, 400, _NOT_STORABLE)
    if not is_transient(error):
        raise error
    return error_page(request, 503, _NO_DATABASE)


def _no_connection(request: Request, _: NoConnectionError) -> Response:
    return error_page(request, 503, _NO_DATABASE)


def busy_page(request: Request, error: BusyError) -> Response:
    """Returns the page that says that too many requests wait, and when to try again (RFC 6585 section 4)."""
    return error_page(request, 429, _BUSY.format(error.seconds), {"retry-after": str(error.seconds)})


def _failed(_: Request, __: Exception) -> Response:
    # this handler is outside all middleware: it has no session, and must set the headers
    return HTMLResponse(_FAILED, 500, headers=HEADERS)


def error_page(request: Request, status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """Returns the page that says why a request failed."""
    if status not in (_TOO_MANY, _NO_SERVICE):  # these must not cost a read of the viewer
        request.state.viewer = _viewer(request)
    answer = page(request, "error.html", status, status_code=status, words=words, back=came_from(request))
    answer.headers.update(headers or {})
    return answer


def _viewer(request: Request) -> Viewer | None:
    """Returns the viewer, for the navigation, also if the error came before an endpoint read them; None if unknown."""
    try:
        return getattr(request.state, "viewer", None) or session.viewer(request, request.app.state.services)
    except (LoggedOutError, DBAPIError, NoConnectionError):
        return None


def came_from(request: Request) -> str:
    """Returns the page of the console that the request came from; empty for another site, or the same page."""
    referer = urlsplit(request.headers.get("referer", ""))
    path = urlunsplit(("", "", referer.path, referer.query, ""))
    ours = referer.netloc == request.url.netloc and path != request.url.path
    return path if ours and local_path(path) == path else ""


#: The handler of each kind of error.
HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Any]] = {
    LoggedOutError: _log_in_first,
    HTTPException: _refused,
    RoutingError: _no_route,
    RequestValidationError: _not_understood,
    BusyError: busy_page,
    DBAPIError: _database,
    NoConnectionError: _no_connection,
    Exception: _failed,
}
