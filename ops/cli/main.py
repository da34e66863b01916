"""The `casemail` command: all its commands in a table, and its entry point."""

import gc
import logging
import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, ClassVar

import typer

from ops.cli.errors import USAGE_ERROR, explained, fail
from ops.cli.lazy import Command, LazyGroup


class Commands(LazyGroup):
    """The commands of `casemail`."""

    TABLE: ClassVar[Mapping[str, Command]] = {
        "migrate": Command("ops.cli.migrate", "Bring the database schema to the newest version."),
        "backup": Command("ops.cli.backup", "Back up the database and the blobs into a folder, or verify a backup."),
        "restore": Command("ops.cli.backup", "Restore a backup; refuses to replace a database unless told."),
        "recover": Command(
            "ops.cli.recover",
            "After a restore: take in mail that the database does not know, send nothing twice, list what is missing.",
        ),
        "archive": Command(
            "ops.cli.archive",
            "Move old rows out of the database into files, and check these files; see `find --archive`.",
        ),
        "topics": Command("ops.cli.topics", "Create the topics that are missing, and check the others."),
        "cluster": Command(
            "ops.cli.cluster", "What all processes share: the id, the keys by fingerprint, the blob store."
        ),
        "doctor": Command(
            "ops.cli.doctor", "Check the whole installation, and say what to do. Exit code 0, 1: warnings, 2: wrong."
        ),
        "worker": Command(
            "ops.cli.worker",
            "Run the stages that a mail goes through. They keep a core busy: use more processes than threads.",
            forks=True,
        ),
        "heavy": Command(
            "ops.cli.worker",
            "Check files that take long, or that could not be scanned before. Each `casemail worker` also starts this.",
            forks=True,
        ),
        "courier": Command(
            "ops.cli.worker", "Run the stages that wait for other people's servers: fetching and sending.", forks=True
        ),
        "dispatch": Command(
            "ops.cli.dispatch",
            "Run the dispatcher: admits mail to the topics, orders fetches and sending, exports the cluster's figures.",
        ),
        "lmtp": Command("ops.cli.lmtp", "Run the LMTP server that a mail server delivers to."),
        "webhook": Command(
            "ops.cli.webhook",
            "Run the HTTP endpoints for mail providers that push mail: Mailgun, Amazon SES by SNS, and any that can "
            "sign.",
        ),
        "console": Command("ops.cli.console", "Run the web console."),
        "api": Command("ops.cli.api", "Run the HTTP API for the tenants' own applications."),
        "api-token": Command("ops.cli.api_token", "The tokens of a tenant for the HTTP API."),
        "mail-domain": Command(
            "ops.cli.mail_domain",
            "Show or set the domain of a tenant's reply and case addresses; not one that people log in with.",
        ),
        "operator-mail": Command("ops.cli.operator_mail", "The mail of no tenant, held for the operator."),
        "key": Command("ops.cli.key", "Print a new key for CASEMAIL_ADDRESS_KEYS."),
        "dashboards": Command("ops.cli.dashboards", "Write dashboards for Grafana into a folder."),
        "alerts": Command(
            "ops.cli.alerts", "Print the alerts and recording rules for Prometheus, with links to your runbook."
        ),
        "demo": Command(
            "ops.cli.demo",
            "Start everything here, answer real update mails as real mail programs do, and show the result of each.",
        ),
        "bench": Command(
            "ops.bench.commands",
            "Measure: mails a second, CPU per mail by process and stage, statements per mail, latency.",
        ),
        "ingest": Command(
            "ops.cli.ingest",
            "Take mails into custody. Exit code 0 only when all of them are; else 75: a mail server tries again.",
        ),
        "find": Command(
            "ops.cli.find",
            "Find mails of any tenant and show their way through the system. Exit code 1 when no mail is found.",
        ),
        "trace": Command(
            "ops.cli.trace",
            "Show the whole life of one mail, with times: custody, end, decisions of people, outgoing mails.",
        ),
        "replay": Command(
            "ops.cli.replay",
            "Send mails that did not post through today's rules, or show what these would do with all mails.",
        ),
        "erase": Command(
            "ops.cli.erase",
            "Erase a person's mails for good: delivered again, they do not come back. Exit code 1 if some must wait.",
        ),
        "parse": Command(
            "ops.cli.parse",
            "Show what is understood of mails. Exit code 1 if a file could not be read. Needs no server.",
        ),
        "explain": Command(
            "ops.cli.explain.command",
            "Show why a mail is understood as it is, and rule by rule whether it posts: by the database, if one is "
            "set.",
        ),
        "source": Command("ops.cli.source", "Mailboxes and folders that mail is fetched from."),
        "tenant": Command("ops.cli.tenant", "Customers: each has its people, cases, mail and settings."),
        "case": Command("ops.cli.case", "The cases of a tenant: import them from a file."),
        "user": Command("ops.cli.user", "The people of a tenant; admins archive them in the console."),
    }


app = typer.Typer(
    cls=Commands,
    help="casemail turns answers to case update mails into case updates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"casemail {version('casemail')}, Python {platform.python_version()}")
        raise typer.Exit


@app.callback()
def _commands(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Makes a group of `app`, whose commands Typer does not see here."""


def main() -> None:
    """Runs the command. Errors that the caller can fix are printed in plain lines, with exit code 2."""
    # what PostgreSQL shows as the name of our connections (pg_stat_activity); a heavy lane is started by a worker
    if os.environ.get("PGAPPNAME", "casemail ").startswith("casemail ") and sys.argv[1:]:
        os.environ["PGAPPNAME"] = f"casemail {sys.argv[1]}"
    # Kafka's client logs each attempt to connect; without any handler, Python would print that
    logging.getLogger("kafka").addHandler(logging.NullHandler())
    try:
        app()
    except SystemExit as end:
        # a mail server sends the mail back after any other code, and a wrong option is no fault of the mail
        if end.code == USAGE_ERROR and sys.argv[1:2] == ["ingest"]:
            raise SystemExit(os.EX_TEMPFAIL) from None
        raise
    except Exception as error:
        lines = explained(error)
        if lines is None:
            raise
        fail(*lines)
    finally:
        gc.freeze()  # or Python would scan all objects once more before it ends, which takes a second
