"""The API as an ASGI application, under `/api/v1`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import text
from starlette.middleware.gzip import GZipMiddleware

from api.guards.bodies import Bodies
from api.guards.tokens import Tokens
from api.resources import aliases, cases, emails, members, people, records, settings, templates, updates
from api.services import Services, TheServices
from api.web.paging import check_query
from api.web.problems import HANDLERS, MEDIA_TYPE, ProblemDetails
from schemas.settings import Settings

#: The path of all resources.
ROOT = "/api/v1"
#: By how much base64 and JSON make files longer.
_ENCODED = 1.5
_LEAST_COMPRESSED = 1_000
_ROUTERS = (
    *(cases.router, members.router, people.router, aliases.router, updates.router),
    *(emails.router, settings.router, templates.router, records.router),
)
_DESCRIPTION = """Cases, people, updates and inbound emails of one tenant, for the tenant's own application.

Send a token of the tenant with each request: `Authorization: Bearer casemail_...`. Errors are problem details
(RFC 9457). Times are in RFC 3339. Ids of other tenants do not exist (404)."""


def create_app(settings: Settings, services: Services) -> FastAPI:
    """Returns the application. Connects to the database at the first request."""
    app = _described()
    app.state.services = services
    app.add_api_route("/healthz", healthz, methods=["GET"], include_in_schema=False)
    # the middleware that is added last sees a request first
    app.add_middleware(Bodies, with_files=int(settings.limits.mail * _ENCODED))
    app.add_middleware(Tokens, resources=services.resources, per_minute=settings.api.requests)
    app.add_middleware(GZipMiddleware, minimum_size=_LEAST_COMPRESSED)
    return app


def description() -> dict[str, Any]:
    """Returns the description of the API (OpenAPI 3.1)."""
    return _described().openapi()


def _described() -> FastAPI:
    app = FastAPI(
        title="casemail",
        version=version("casemail"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{ROOT}/openapi.json",
        redirect_slashes=False,
        lifespan=_lifespan,
        exception_handlers=HANDLERS,
    )
    root = APIRouter(
        prefix=ROOT,
        dependencies=[Depends(check_query)],
        responses=_errors(400, 401, 403, 404, 409, 412, 413, 422, 429, 503),
    )
    for router in _ROUTERS:
        root.include_router(router)
    app.include_router(root)
    return app


def healthz(services: TheServices) -> Response:
    """Answers 200 if the API and its database work; otherwise the error handlers answer 503."""
    with services.resources.database.system() as connection:
        connection.execute(text("select 1"))
    return PlainTextResponse("ok\n")


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
    return {status: {"model": ProblemDetails, "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.services.resources.database.close()
