"""The console as an ASGI application.

uvicorn --factory console.app:from_environment --host 127.0.0.1 --port 8025
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text

from console.account import alias_link, login, own_sessions, password_link
from console.cases import add_file, files, lifecycle, overview, restore_text, signed_files, updates
from console.guards.cookies import DEVICE, SESSION, HeaderLimits, SignedSession, cookie_name
from console.inbound import decisions, log, mail_page, originals, queue, results
from console.reports import overview as reports
from console.services import NO_OFFERS, Offers, Services, TheServices
from console.settings import (
    access_groups,
    addresses_and_senders,
    api_tokens,
    erasure,
    general,
    people,
    profile,
    rejected_mail,
    signature_pictures,
    source_form,
    sources,
    templates,
)
from console.settings import files as file_settings
from console.web.compression import Compression
from console.web.errors import HANDLERS
from console.web.files_host import FilesHost
from console.web.forms import check_text
from console.web.request_bodies import RequestBodies
from console.web.request_shares import RequestShares
from console.web.security import HeadRequests, SecurityHeaders, check_csrf
from schemas.settings import Settings, load
from storage.resources import open_resources

_ROUTERS = (
    *(login.router, own_sessions.router, password_link.router, alias_link.router),
    *(
        lifecycle.router,
        overview.router,
        updates.router,
        restore_text.router,
        add_file.router,
        files.router,
        signed_files.router,
    ),
    *(decisions.router, originals.router, queue.router, results.router, log.router, mail_page.router),
    *(general.router, addresses_and_senders.router, rejected_mail.router, templates.router, access_groups.router),
    *(file_settings.router, signature_pictures.router, people.router, profile.router, erasure.router),
    *(source_form.router, sources.router, api_tokens.router),
    reports.router,
)


def from_environment() -> FastAPI:
    """Returns the application with the settings of the environment. Raises `SettingsError` with all mistakes."""
    return create_app(load())


def create_app(settings: Settings, offers: Offers = NO_OFFERS) -> FastAPI:
    """Returns the application; `offers` are the workers' functions for it. Opens the blob store, and connects to
    the database at the first request.
    """
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        dependencies=[Depends(check_csrf), Depends(check_text)],
        exception_handlers=HANDLERS,
    )
    app.state.services = Services(open_resources(settings), offers)
    for router in _ROUTERS:
        app.include_router(router)
    app.add_api_route("/healthz", healthz, methods=["GET"])
    for folder in ("assets", "static"):  # those of other projects, and ours
        app.mount(f"/{folder}", StaticFiles(directory=Path(__file__).parent / folder))
    # the middleware that is added last sees a request first
    app.add_middleware(RequestShares, devices=app.state.services.devices)
    app.add_middleware(RequestBodies, limit=settings.limits.mail)
    app.add_middleware(SignedSession, settings=settings)
    app.add_middleware(FilesHost, files_url=settings.console.files_url)
    app.add_middleware(Compression)
    app.add_middleware(HeadRequests)
    app.add_middleware(HeaderLimits, names=[cookie_name(plain, settings) for plain in (SESSION, DEVICE)])
    app.add_middleware(SecurityHeaders, tls=settings.console.url.startswith("https:"))
    return app


def healthz(services: TheServices) -> Response:
    """Answers 200 if the console and its database work; otherwise the error handlers answer 503."""
    with services.database.system() as connection:
        connection.execute(text("select 1"))
    return PlainTextResponse("ok\n")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.services.close()
