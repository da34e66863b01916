"""The `casemail` command: the only place that knows both workers and console."""

import logging
import os
import secrets
import sys
from base64 import b32encode
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.bench import commands
from ops.cli import mail, operator_mail, source
from ops.cli import tenant as tenant_commands

if TYPE_CHECKING:
    from schemas.settings import Settings

USAGE_ERROR = 2

app = typer.Typer(
    help="casemail turns answers to case update mails into case updates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _settings() -> "Settings":
    from schemas.settings import load  # noqa: PLC0415

    settings = load()
    if settings.metrics.dir is not None:
        # read by prometheus_client when the metrics are first imported, which is why commands import late
        settings.metrics.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.metrics.dir)
    return settings


def _tell(*lines: str) -> None:
    print("casemail: " + "\n  ".join(lines), file=sys.stderr)
    raise SystemExit(USAGE_ERROR)


@app.command()
def migrate() -> None:
    """Bring the database schema to the newest version."""
    from storage.migrations import upgrade  # noqa: PLC0415

    settings = _settings()
    upgrade(settings.database.owner_url or settings.database.url, settings.database.url)


@app.command()
def topics() -> None:
    """Make the topics that are missing, and check the others."""
    from ops.kafka import ensure_topics  # noqa: PLC0415

    made = ensure_topics(_settings())
    print(f"made {len(made)} topics" if made else "all topics are there")


@app.command()
def worker(processes: int = 1, threads: int = 4) -> None:
    """Run the stages that a mail goes through. They keep a core busy: rather more processes than threads."""
    settings = _settings()
    from ops.services import worker as run  # noqa: PLC0415

    raise typer.Exit(run(settings, waits=False, processes=processes, threads=threads))


@app.command()
def heavy() -> None:
    """Run the stages of mails whose files take long to look into. Each worker runs this beside itself."""
    settings = _settings()
    from ops.services import heavy as run  # noqa: PLC0415

    raise typer.Exit(run(settings))


@app.command()
def courier(processes: int = 1, threads: int = 8) -> None:
    """Run the stages that wait for other people's servers: fetching and sending."""
    settings = _settings()
    from ops.services import worker as run  # noqa: PLC0415

    raise typer.Exit(run(settings, waits=True, processes=processes, threads=threads))


@app.command()
def dispatch() -> None:
    """Run the dispatcher: lets mail into the topics, orders fetches and sending; serves /metrics."""
    settings = _settings()
    from ops.services import dispatch as run  # noqa: PLC0415

    run(settings)


@app.command()
def lmtp() -> None:
    """Run the LMTP server that a mail server delivers to."""
    settings = _settings()
    from ops.services import lmtp_server  # noqa: PLC0415

    lmtp_server(settings)


webhook = typer.Typer(invoke_without_command=True)
app.add_typer(webhook, name="webhook")


@webhook.callback()
def webhook_serve(context: typer.Context) -> None:
    """Run the HTTP door for mail providers that push mail: Mailgun, Amazon SES by SNS, and any that can sign."""
    if context.invoked_subcommand:
        return
    settings = _settings()
    from ops.services import webhook as run  # noqa: PLC0415

    run(settings)


@webhook.command("add")
def webhook_add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    shape: Annotated[str, typer.Option(help="generic, mailgun or sns.")] = "generic",
    tenant: Annotated[str, typer.Option(help="Slug of the tenant that it takes mail for; default: all.")] = "",
    topic: Annotated[str, typer.Option(help="For sns: the ARN of the topic.")] = "",
) -> None:
    """Make a webhook and print its URL, and a generic one's secret. Mailgun's signing key is read from the input."""
    settings = _settings()
    from ops.cli.webhook import run  # noqa: PLC0415

    try:
        run(settings, name, shape, tenant, topic)
    except ValueError as error:
        _tell(str(error))


@app.command()
def console() -> None:
    """Run the web console."""
    settings = _settings()
    from ops.services import console as run  # noqa: PLC0415

    run(settings)


@app.command("mail-domain")
def mail_domain(
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
    domain: Annotated[str, typer.Argument(metavar="[DOMAIN]", help="The new one; default: tell the present one.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Although addresses in the old domain stop working.")] = False,
) -> None:
    """Tell or set the domain of a tenant's reply and case addresses; not one that people log in with."""
    settings = _settings()
    from ops.cli.mail_domain import run  # noqa: PLC0415

    raise typer.Exit(run(settings, tenant, domain, force=force))


app.add_typer(operator_mail.commands(_settings, _tell), name="operator-mail")


@app.command()
def key(
    secret: Annotated[bool, typer.Option("--secret", help="One for CASEMAIL_SECRET_KEYS instead.")] = False,
) -> None:
    """Print a new key for CASEMAIL_ADDRESS_KEYS."""
    if secret:
        from storage.secret_box import new_key  # noqa: PLC0415

        print(new_key())
        return
    print("a:" + b32encode(secrets.token_bytes(20)).decode().rstrip("=").lower())


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself, with exit code 0 if all went as it should.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the data lies; default: a temporary folder.")] = None,
) -> None:
    """Start everything here, answer real update mails as real mail programs do, and show what became of each."""
    from ops.demo.run import run  # noqa: PLC0415

    raise typer.Exit(run(once=once, folder=folder))


app.add_typer(commands.commands(_tell), name="bench")


app.add_typer(mail.commands(_settings, _tell))
app.add_typer(source.commands(_settings, _tell), name="source")
_tenants, _users = tenant_commands.commands(_settings, _tell)
app.add_typer(_tenants, name="tenant")
app.add_typer(_users, name="user")


def main() -> None:
    """Runs the command; what the caller can mend is told in plain lines, with exit code 2."""
    # Kafka's client logs each attempt to connect; without a handler of anyone's, Python would print that
    logging.getLogger("kafka").addHandler(logging.NullHandler())
    try:
        app()
    except SystemExit as end:
        # a mail server sends the mail back after any other code, and a wrong option is no fault of the mail
        if end.code == USAGE_ERROR and sys.argv[1:2] == ["ingest"]:
            raise SystemExit(os.EX_TEMPFAIL) from None
        raise
    except Exception as error:
        lines = _mendable(error)
        if lines is None:
            raise
        _tell(*lines)


def _mendable(error: Exception) -> tuple[str, ...] | None:
    """What to tell of an error that the caller can mend; None for any other. Imports late: start-up is quick."""
    from dramatiq.errors import BrokerError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from ops.embedded import EmbeddedServerError  # noqa: PLC0415
    from schemas.settings import SettingsError  # noqa: PLC0415

    match error:
        case SettingsError():
            return "the settings need mending:", *error.problems
        case BrokerError() | EmbeddedServerError():
            return (str(error),)
        case DBAPIError():
            return f"the database says: {error.orig}", "Check CASEMAIL_DATABASE_URL, and run `casemail migrate`."
    return None
