"""The console as an ASGI application.

uvicorn --factory console.app:from_environment --host 127.0.0.1 --port 8025
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import platformdirs
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text

from console.account import alias_link, login, own_sessions, password_link
from console.cases import files, late_files, restore_text, routes, signed_files, updates
from console.guards.cookies import DEVICE, SESSION, HeaderLimits, SignedSession, cookie_name
from console.inbound import decisions, log, originals, queue, results
from console.services import NO_OFFERS, Offers, Services, TheServices
from console.settings import (
    access_groups,
    addresses_and_senders,
    erasure,
    general,
    people,
    rejected_mail,
    signature_pictures,
    source_form,
    sources,
    templates,
)
from console.settings import files as file_settings
from console.web.bodies import Bodies
from console.web.compression import Compressed
from console.web.errors import HANDLERS
from console.web.files_host import FilesHost
from console.web.forms import check_text
from console.web.security import Heads, SecurityHeaders, check_csrf
from console.web.shares import Shares
from schemas.settings import PREFIX, Settings, SettingsError, load

#: The web assets that are not ours.
ASSETS = ("htmx.min.js", "pico.min.css")
_ROUTERS = (
    *(
        login.router,
        routes.router,
        updates.router,
        restore_text.router,
        late_files.router,
        files.router,
        signed_files.router,
    ),
    *(general.router, addresses_and_senders.router, rejected_mail.router, templates.router, access_groups.router),
    *(file_settings.router, signature_pictures.router, people.router, own_sessions.router),
    *(password_link.router, alias_link.router),
    *(erasure.router, decisions.router, originals.router, queue.router, results.router, log.router),
    *(source_form.router, sources.router),
)


def from_environment() -> FastAPI:
    """The application with the settings of the environment; raises `SettingsError` with all that is wrong."""
    return create_app(load())


def create_app(settings: Settings, offers: Offers = NO_OFFERS) -> FastAPI:
    """The application, with what the workers offer to it. Connects to nothing before the first request.

    Raises `SettingsError` when the web assets are not in `settings.console.assets_dir`.
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
    app.state.services = Services(settings, offers)
    for router in _ROUTERS:
        app.include_router(router)
    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.mount("/assets", StaticFiles(directory=_assets(settings)))
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    # the last one is the first to see a request
    app.add_middleware(Shares, devices=app.state.services.devices)
    app.add_middleware(Bodies, limit=settings.limits.mail)
    app.add_middleware(SignedSession, settings=settings)
    app.add_middleware(FilesHost, files_url=settings.console.files_url)
    app.add_middleware(Compressed)
    app.add_middleware(Heads)
    app.add_middleware(HeaderLimits, names=[cookie_name(plain, settings) for plain in (SESSION, DEVICE)])
    app.add_middleware(SecurityHeaders, tls=settings.console.url.startswith("https:"))
    return app


def healthz(services: TheServices) -> Response:
    """200 when the console and its database answer, else 503."""
    with services.database.system() as connection:
        connection.execute(text("select 1"))
    return PlainTextResponse("ok\n")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.services.close()


def _assets(settings: Settings) -> Path:
    folder = settings.console.assets_dir or platformdirs.user_cache_path("casemail") / "assets"
    if missing := [name for name in ASSETS if not (folder / name).is_file()]:
        problem = f"{PREFIX}ASSETS_DIR: there is no {' and no '.join(missing)} in {folder}."
        raise SettingsError([f"{problem} Put the files there, or name the folder that has them."])
    return folder
