"""`casemail ingest`: the end of a pipe, and the way in for folders of old mail."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from schemas.settings import load
from storage.resources import open_resources
from workers.fetch.push import ingest
from workers.fetch.push.ingest import Envelope, Found


def run(files: Sequence[str], envelope: Envelope, source: str) -> int:
    """Takes the mails into custody and tells how many; returns 0, or EX_TEMPFAIL (75, sysexits.h) when not all are.

    Postfix, procmail and the like then keep the mail and try again: after any other code they send it back. So that is
    what they get whatever is wrong, the settings too.
    """
    try:
        settings = load()
        count = ingest.take(open_resources(settings), source, _mails(files, settings.limits.mail), envelope)
    except Exception as error:  # noqa: BLE001  # whatever it was, the mail must be kept
        print(f"casemail: not taken in, try again later: {error}", file=sys.stderr)
        return os.EX_TEMPFAIL
    if sys.stdout.isatty() or list(files) != ["-"]:
        print(f"{count} mails are in custody")
    return 0


def _mails(files: Sequence[str], limit: int) -> Iterator[Found]:
    for name in files:
        if name == "-":
            yield ingest.read_pipe(sys.stdin.buffer, limit)
        else:
            yield from ingest.read_path(Path(name), limit)
