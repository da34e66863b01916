"""`casemail api`: the HTTP API for the tenants' own applications."""

from functools import partial

import typer

from api.app import create_app
from api.services import Services
from cases.files.inspection.inspect import inspect
from cases.sandbox import isolation
from ops.checks.start import Listener
from ops.http import server
from ops.http.limits import HttpLimits
from ops.monitoring import http_role
from ops.startup import begin, confine
from schemas.settings import Settings, load
from storage.resources import open_resources
from workers.explain import why

app = typer.Typer()


@app.command("api")
def run() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = load()
    begin(settings, listens=[Listener("API", settings.api.host, settings.api.port)])
    confine(settings)
    isolation.preload(inspect)
    resources = open_resources(settings)
    served = create_app(settings, Services(resources, partial(why, resources=resources)))
    http_role.run(
        "api", server.make(served, limits(settings), host=settings.api.host, port=settings.api.port), resources
    )


def limits(settings: Settings) -> HttpLimits:
    """Returns the API's limits: updates with files of ten requests at a time, and of three from one address."""
    return HttpLimits(
        bodies=10 * 2 * settings.limits.mail,
        address_bodies=3 * 2 * settings.limits.mail,
        trusted=settings.http.trusted_proxies,
    )
