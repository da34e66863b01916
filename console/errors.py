"""What a person sees when a request does not succeed: one handler per kind of error."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException as RoutingError

from console import session
from console.pages import page
from console.security import HEADERS, local_path
from console.session import LoggedOutError, Viewer
from storage.database import is_transient

_NO_SUCH_METHOD, _NO_SERVICE = 405, 503
_NO_PAGE = "There is no such page."
_NOT_UNDERSTOOD = "The console does not understand this. Go back, reload the page and try again."
_NO_DATABASE = "The database does not answer now, and nothing was changed. Try again in a minute."
_FAILED = "<!doctype html><title>casemail</title><h1>Something went wrong</h1><p>It was logged. Try again later."


def _log_in_first(request: Request, _: LoggedOutError) -> Response:
    here = request.url.path + ("?" + request.url.query if request.url.query else "")
    if request.method == "POST":
        # the form is on the page that it was sent from, and what was typed comes back there
        here = came_from(request) or here
    to = f"/login?next={quote(here, safe='')}"
    if tenant := request.query_params.get("tenant"):
        to += f"&tenant={quote(tenant, safe='')}"
    if "hx-request" in request.headers:
        # a redirect would put the log-in page into the middle of the page
        return Response(status_code=401, headers={"hx-redirect": to})
    return RedirectResponse(to, 303)


def _refused(request: Request, error: HTTPException) -> Response:
    return _page(request, error.status_code, error.detail)


def _no_route(request: Request, error: RoutingError) -> Response:
    above = request.url.path.rpartition("/")[0]
    if error.status_code == _NO_SUCH_METHOD and request.method in ("GET", "HEAD") and above:
        # the address of a form, reloaded, or opened after a log-in: the form is on the page above it
        return RedirectResponse(above, 303)
    return _page(request, error.status_code, _NO_PAGE)


def _not_understood(request: Request, error: RequestValidationError) -> Response:
    in_path = any(item["loc"][0] == "path" for item in error.errors())
    return _page(request, 404, _NO_PAGE) if in_path else _page(request, 400, _NOT_UNDERSTOOD)


def _database(request: Request, error: DBAPIError) -> Response:
    if not is_transient(error):
        raise error
    return _page(request, 503, _NO_DATABASE)


def _failed(_: Request, __: Exception) -> Response:
    # stands outside all middleware: it has no session, and sets the headers itself
    return HTMLResponse(_FAILED, 500, headers=HEADERS)


def _page(request: Request, status: int, words: str) -> Response:
    if status != _NO_SERVICE:  # then nobody can be read
        request.state.viewer = _viewer(request)
    return page(request, "error.html", status, status_code=status, words=words, back=came_from(request))


def _viewer(request: Request) -> Viewer | None:
    """Who asks, for the navigation: an error may come before anything has asked for them."""
    try:
        return getattr(request.state, "viewer", None) or session.viewer(request, request.app.state.services)
    except (LoggedOutError, DBAPIError):
        return None


def came_from(request: Request) -> str:
    """The page of ours that a link or a form was followed from; empty for none, and for one elsewhere."""
    referer = urlsplit(request.headers.get("referer", ""))
    path = urlunsplit(("", "", referer.path, referer.query, ""))
    ours = referer.netloc == request.url.netloc and path != request.url.path
    return path if ours and local_path(path) == path else ""


#: Kind of error -> what answers it.
HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Any]] = {
    LoggedOutError: _log_in_first,
    HTTPException: _refused,
    RoutingError: _no_route,
    RequestValidationError: _not_understood,
    DBAPIError: _database,
    Exception: _failed,
}
