"""One soak, and what became of its mails."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from mailbox import Maildir
from pathlib import Path
from random import Random

from sqlalchemy import Connection, create_engine, text

from ops.demo.waiting import WaitedTooLongError, wait_until
from schemas.tables import SourceKind
from storage.blobs import BlobMissingError, Blobs
from tests.chaos.soak.faults import AWAY, FAULTS, start_what_died
from tests.chaos.soak.load import Load
from tests.chaos.test_kill import Bench, running
from workers.fetch import batches

#: Mails a second.
RATE = 20.0
#: Seconds from the end of the last fault until all has ended and been told.
_PATIENCE = 240.0
#: How often one fault of who sends may double a mail that goes out: once for each that was under way.
_UNDER_WAY = 16

_ANSWER = re.compile(rb"Answer \d+ about soak\.")

_NOTICES = text("select count(*) from outbox where state <> 'sent'")
_RAWS = text("select raw from mails where raw <> '' union all select blob from update_files")
_HELD = text("select reason, evidence from mails where state = 'held'")


@dataclass(frozen=True)
class Soak:
    """What came of a soak: how many mails were sent, the faults in their order, and all that is wrong."""

    mails: int
    faults: list[str]
    wrong: list[str]


def play(folder: Path, *, seed: int, seconds: float, say: Callable[[str], None] = lambda _: None) -> Soak:
    """Runs a casemail in the folder for so long under faults, waits until all has ended, and looks after every mail."""
    chance, faults = Random(seed), []
    with running(folder) as bench:
        with bench.database.system() as connection:
            box = folder / "maildir"
            Maildir(box, create=True)
            batches.ensure_source(connection, SourceKind.MAILDIR, "soak", location=str(box), period_seconds=5)
        end = time.monotonic() + seconds
        with Load(bench, box, Random(seed), RATE) as load:
            while time.monotonic() < end:
                time.sleep(chance.uniform(0.5, 4))
                name, away = chance.choice(sorted(FAULTS)), chance.choice(AWAY)
                faults.append(name)
                say(f"{name}, {away} s")
                FAULTS[name](bench.cluster, away, chance)
                start_what_died(bench.cluster)
        say(f"{len(load.sent)} mails were sent")
        return Soak(len(load.sent), faults, _wrong(bench, load, box, faults))


def _wrong(bench: Bench, load: Load, box: Path, faults: list[str]) -> list[str]:
    def all_ended() -> bool:
        start_what_died(bench.cluster)
        with bench.database.system() as connection:
            left = connection.execute(text("select count(*) from mails where ended_at is null")).scalar_one()
        return not left and not any((box / "new").iterdir())

    try:
        wait_until(all_ended, seconds=_PATIENCE, what="all mails to end")
        with create_engine(str(bench.cluster.settings.owner_database_url)).connect() as owner:
            wait_until(lambda: _all_sent(owner), seconds=_PATIENCE, what="all notices to be sent")
            return [*_of_the_ledger(bench, load), *_of_the_blobs(bench, owner), *_of_the_notices(bench, load, faults)]
    except WaitedTooLongError as error:
        return [str(error)]


def _all_sent(owner: Connection) -> bool:
    owner.rollback()
    return not owner.execute(_NOTICES).scalar_one()


def _of_the_ledger(bench: Bench, load: Load) -> list[str]:
    posted = Counter(bench.posted("soak"))
    wanted = {words for words, known in load.sent.items() if known}
    line = bench.conservation()
    found = [f"{words!r} was posted {posted[words]} times" for words in wanted if posted[words] != 1]
    found += [f"{words!r} was posted, and its author may not" for words in posted.keys() - wanted]
    if line.unaccounted or line.in_flight or line.received != line.posted + line.forwarded + line.dropped:
        found.append(f"the sums do not agree: {line}")
    if line.forwarded != len(load.sent) - len(wanted):
        found.append(f"{line.forwarded} mails of {len(load.sent) - len(wanted)} strangers were forwarded")
    with bench.database.system() as connection:
        found += [f"held as {row.reason}: {row.evidence}" for row in connection.execute(_HELD)]
    return found


def _of_the_blobs(bench: Bench, owner: Connection) -> list[str]:
    blobs, found = Blobs(str(bench.cluster.settings.blob_url)), []
    for key in owner.execute(_RAWS).scalars():
        try:
            blobs.get(key)
        except BlobMissingError as error:
            found.append(str(error))
    return found


def _of_the_notices(bench: Bench, load: Load, faults: list[str]) -> list[str]:
    told = Counter(words for mail in bench.sink.mails for words in _words(mail.data))
    found = [f"nobody was told of {words!r}" for words in load.sent if not told[words]]
    doubled = told.total() - len(told)
    may = _UNDER_WAY * sum(name.endswith(("courier", "child", "PostgreSQL")) for name in faults)
    if doubled > may:
        found.append(f"{doubled} mails went out twice, and {may} might")
    return found


def _words(mail: bytes) -> set[str]:
    parts = (part.get_payload(decode=True) for part in message_from_bytes(mail).walk())
    return {words.decode() for part in parts if isinstance(part, bytes) for words in _ANSWER.findall(part)}
