"""`casemail webhook`: the HTTP endpoints for providers that push mail; `casemail webhook add` creates one."""

import sys
from contextlib import closing
from getpass import getpass
from typing import Annotated

import typer
from sqlalchemy.exc import IntegrityError

from ops.checks.start import Listener
from ops.cli.errors import fail
from ops.cli.tenants import tenant_of
from ops.http import server
from ops.http.limits import HttpLimits
from ops.monitoring import http_role
from ops.startup import begin
from schemas.settings import load
from storage.database import open_database
from storage.resources import open_resources
from storage.secret_box import SealError, SecretBox
from workers import metrics
from workers.fetch.push import endpoints
from workers.fetch.push.endpoints import Provider
from workers.fetch.push.webhook import create_app

app = typer.Typer(invoke_without_command=True)


@app.callback()
def serve(context: typer.Context) -> None:
    """Serves the endpoints until SIGTERM or SIGINT, unless a subcommand is called."""
    if context.invoked_subcommand:
        return
    settings = load()
    begin(settings, listens=[Listener("WEBHOOK", settings.webhooks.host, settings.webhooks.port)])
    resources = open_resources(settings)
    webhooks = server.make(
        create_app(resources),
        HttpLimits(trusted=settings.http.trusted_proxies),  # the octets in memory are bounded by `webhook_memory`
        host=settings.webhooks.host,
        port=settings.webhooks.port,
        refused=lambda cause: metrics.PUSH_REFUSED.labels(cause).inc(),
    )
    http_role.run("webhook", webhooks, resources)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    shape: Annotated[str, typer.Option(help="generic, mailgun or sns.")] = "generic",
    tenant: Annotated[str, typer.Option(help="Slug of the tenant that it takes mail for; default: all.")] = "",
    topic: Annotated[str, typer.Option(help="For sns: the ARN of the topic.")] = "",
) -> None:
    """Create a webhook and print its URL, and a generic one's secret. Mailgun's signing key is read from the input."""
    settings = load()
    if shape not in set(Provider):
        fail(f"{shape} is no shape of webhook; there are {', '.join(Provider)}")
    secret = ""
    if shape == Provider.MAILGUN:
        secret = getpass("Mailgun's HTTP webhook signing key: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    seal = SecretBox.from_settings(settings)
    with closing(open_database(settings)) as database, database.system() as connection:
        tenant_id = tenant_of(connection, tenant) if tenant else None
        try:
            path, generated = endpoints.add(
                connection, seal, name, Provider(shape), tenant_id=tenant_id, secret=secret, topic=topic
            )
        except IntegrityError:
            fail(f"there is a source {name} already")
        except (SealError, ValueError) as error:
            fail(str(error))
    print(f"URL:    {settings.webhooks.url.rstrip('/')}/in/{path}" + ("/mime" if shape == Provider.MAILGUN else ""))
    if shape == Provider.GENERIC:
        print(f"secret: {generated}")
        print("Keep it: it is shown only now.")
