"""`casemail ingest`: the end of a pipe, and the way in for folders of old mail."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ops import logs
from schemas.settings import load
from storage.resources import open_resources
from workers.fetch.push import ingest
from workers.fetch.push.ingest import Envelope, FoundMail

app = typer.Typer()


@app.command("ingest")
def run(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails, mboxes or Maildirs; - is a pipe.")],
    recipient: Annotated[
        list[str] | None, typer.Option(help="The envelope recipient, once or more; default: as in a fetched mail.")
    ] = None,
    sender: Annotated[str | None, typer.Option(help="The envelope sender; default: as the mail says.")] = None,
    source: Annotated[str, typer.Option(help="Name of the source that the mails count to.")] = "ingest",
) -> None:
    """Takes the mails into custody and prints how many. The exit code is 0, or EX_TEMPFAIL (75, sysexits.h) when some
    are not in custody.

    Postfix, procmail and the like then keep the mail and try again; after any other code they send it back. So they
    get this code whatever is wrong, the settings too.
    """
    envelope = Envelope(tuple(recipient or ()), sender)
    try:
        settings = load()
        # the mail server that calls this may pass the output on to the sender
        logs.configure(settings.logs.model_copy(update={"level": "warning"}))
        count = ingest.take(open_resources(settings), source, _mails(files, settings.limits.mail), envelope)
    except Exception as error:  # noqa: BLE001  # whatever it was, the mail must be kept
        print(f"casemail: not taken in, try again later: {error}", file=sys.stderr)
        raise typer.Exit(os.EX_TEMPFAIL) from None
    if sys.stdout.isatty() or list(files) != ["-"]:
        print(f"{count} mails are in custody")


def _mails(files: Sequence[str], limit: int) -> Iterator[FoundMail]:
    for name in files:
        if name == "-":
            yield ingest.read_pipe(sys.stdin.buffer, limit)
        else:
            yield from ingest.read_path(Path(name), limit)
