"""`casemail console`: the web console."""

from functools import partial

import typer

from cases.files.inspection.inspect import inspect
from cases.sandbox import isolation
from console.app import create_app
from console.services import Offers
from ops.checks.start import Listener
from ops.http import server
from ops.http.limits import HttpLimits
from ops.monitoring import http_role
from ops.startup import begin, confine
from schemas.settings import Settings, load
from storage.resources import Resources, open_resources
from workers.attachments import from_original
from workers.explain import why
from workers.fetch.mailbox.connection_check import check
from workers.rehearsal import what_if

app = typer.Typer()


@app.command("console")
def run() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = load()
    begin(settings, listens=[Listener("CONSOLE", settings.console.host, settings.console.port)])
    confine(settings)
    isolation.preload(inspect)
    resources = open_resources(settings)
    app = create_app(settings, offers(resources))
    console = server.make(app, limits(settings), host=settings.console.host, port=settings.console.port)
    http_role.run("console", console, resources)


def offers(resources: Resources) -> Offers:
    """Returns the functions of the workers that the console calls."""
    return Offers(
        what_if=partial(what_if, resources=resources),
        why=partial(why, resources=resources),
        add_file=partial(from_original.add, resources=resources),
        test_source=partial(check, resources=resources),
    )


def limits(settings: Settings) -> HttpLimits:
    """Returns the console's limits: forms with files of ten people at a time, and of three from one address.

    Cookies may fill the header: other sites on the console's host may set cookies, too.
    """
    return HttpLimits(
        cookie_bytes=HttpLimits.header_bytes,
        bodies=10 * settings.limits.mail,
        address_bodies=3 * settings.limits.mail,
        trusted=settings.http.trusted_proxies,
    )
