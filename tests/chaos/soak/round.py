"""One soak, and the outcome of its mails.

It has two parts. In the first part nothing fails, and the hostile writer sends in its second half: this shows how long
other mails take without and with it. In the second part everything is killed and frozen in turn.

Longer than other files, as its parts work on one run.
"""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from mailbox import Maildir
from pathlib import Path
from random import Random
from uuid import UUID

import trustme
from sqlalchemy import Connection, create_engine, text

from cases.inbound.actions import ACTIONS, WORDS, Action
from ops.demo.waiting import WaitedTooLongError, wait_until
from ops.demo.world import LAW
from schemas.tables import SourceKind, now
from storage.blobs.store import BlobMissingError, Blobs
from storage.source_rows import ensure_source
from tests.builders.conservation import wrong_counts
from tests.chaos.bench import WRITER, Bench, add_mailbox, running
from tests.chaos.soak.desk import Desk
from tests.chaos.soak.faults import AWAY, DISPATCHERS, FAULTS, Scene, start_what_died
from tests.chaos.soak.hostile import SENDER, SENDERS, Hostile
from tests.chaos.soak.load import Load
from tests.chaos.soak.ways import Ways
from tests.servers.dovecot import Dovecot

#: Mails a second.
RATE = 20.0
#: Seconds for all mails to end after the last fault, and then again for all notices to be sent.
_PATIENCE = 240.0
#: How many outgoing mails one fault of the sending process may double: those that were under way.
_UNDER_WAY = 16

_OTHERS = {"hostile": list(SENDERS)}
_ANSWER = re.compile(rb"Answer \d+ about soak\.")

_NOTICES = text("select count(*) from outbox where state <> 'sent'")
_RAWS = text("select raw from mails where raw <> '' union all select blob from update_files")
_HELD = text("""
select reason, evidence from mails where state = 'held' and reason <> 'not_related'
and sender <> all(cast(:hostile as text[]))
""")
# an act increases the run in the same transaction that notes the act
_UNLIKE_ITS_ACTS = text("""
select m.id, m.run, count(a.id) as acts from mails m
left join audit a on a.subject_id = m.id and a.act = any(cast(:acts as text[]))
group by m.id, m.run having m.run <> count(a.id)
""")
# erased originals stay while their batch is open; the batch of a killed fetcher is open for twenty minutes
_LEFT = text("""
select count(*) from mails m left join batches b on b.id = m.batch_id where m.ended_at is null
  or (m.raw_deleted_by like 'erasure%' and m.raw_deleted_at is null and b.closed_at is not null)
""")
# the first 32 bytes identify the mail, whatever way it came (workers.fetch.content_key)
_ENTERED = text("select count(distinct substr(content_key, 1, 32)) from mails where tenant_id <> :other")
_SLOW = text("select text from updates where via = 'email' and text like 'Slow %'")
_TO_TELL = text("""
select count(*) from outbox o left join update_recipients r on r.id = o.recipient_id
left join updates u on u.id = r.update_id left join mails m on m.id = o.mail_id
where o.tenant_id = :tenant and (o.kind = 'catch_all' and m.sender not in (:poison, 'unknown') or u.via = 'email')
""")
_LATENCY = text("""
select extract(epoch from percentile_cont(0.95) within group (order by ended_at - received_at)) from mails
where tenant_id = :tenant and state = 'posted' and received_at between :begin and :end
""")


@dataclass(frozen=True)
class Soak:
    """The result of a soak: how many mails the load and the hostile writer sent, how many were decided on (`acts`), the
    faults in their order, and all problems (`wrong`).

    `quiet_p95` and `hostile_p95` are the 95th percentiles, in seconds, of the time from custody to update of the load's
    mails, without the hostile writer and with it.
    """

    mails: int
    hostile: int
    acts: int
    faults: list[str]
    wrong: list[str]
    quiet_p95: float
    hostile_p95: float


def play(
    folder: Path, *, seed: int, seconds: float, calm: float = 5, say: Callable[[str], None] = lambda _: None
) -> Soak:
    """Runs a casemail in the folder for `seconds` under faults, waits until all mails have ended, and checks them.

    Before the faults, it runs for `calm` seconds without the hostile writer, and as many seconds with it.
    """
    chance, faults, ca = Random(seed), [], trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    mailboxes = {"source_ca_file": str(folder / "ca.pem"), "source_private": "true"}
    workers = ("--processes", str(1 + seed % 2))
    with Dovecot(ca) as dovecot, running(folder, mailboxes, workers) as bench:
        scene = Scene(bench.cluster, dovecot)
        ways = Ways(bench, folder / "maildir", dovecot.mailbox("soak"))
        _add_sources(bench, dovecot, ways.maildir)
        bench.cluster.add_process(DISPATCHERS[1], ("dispatch",))
        bench.cluster.start_process(DISPATCHERS[1])
        hostile = Hostile(ways, Random(seed))
        with Load(ways, Random(seed), RATE, hostile.copy_first) as load:
            begin = now()
            time.sleep(calm)
            middle = now()
            with hostile, Desk(bench, Random(seed)) as desk:
                time.sleep(calm)
                latencies = [(begin, middle), (middle, now())]
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    time.sleep(chance.uniform(0.5, 4))
                    name, away = chance.choice(sorted(FAULTS)), chance.choice(AWAY)
                    faults.append(name)
                    say(f"{name}, {away} s")
                    FAULTS[name](scene, away, chance)
                    start_what_died(bench.cluster)
        sent = len(hostile.poison) + len(hostile.slow)
        say(f"{len(load.sent)} mails were sent, {sent} by the hostile writer, {desk.acts} decided on")
        ended = [f"somebody stopped working: {error}" for error in (*load.failed, *desk.failed, *hostile.failed)]
        wrong = [*ended, *_wrong(ways, load, hostile, faults)]
        quiet, busy = (_p95(bench, *times) for times in latencies)
        return Soak(len(load.sent), sent, desk.acts, faults, wrong, quiet, busy)


def _p95(bench: Bench, begin: datetime, end: datetime) -> float:
    with bench.database.system() as connection:
        return float(connection.execute(_LATENCY, {"tenant": _tenant(bench), "begin": begin, "end": end}).scalar_one())


def _tenant(bench: Bench) -> UUID:
    return bench.planted.tenants[WRITER.tenant]


def _add_sources(bench: Bench, dovecot: Dovecot, maildir: Path) -> None:
    Maildir(maildir, create=True)
    with bench.database.system() as connection:
        ensure_source(connection, SourceKind.MAILDIR, "soak", location=str(maildir), period_seconds=5)
    add_mailbox(bench, dovecot, "soak")


def _wrong(ways: Ways, load: Load, hostile: Hostile, faults: list[str]) -> list[str]:
    bench = ways.bench

    def all_ended() -> bool:
        start_what_died(bench.cluster)
        with bench.database.system() as connection:
            left = connection.execute(_LEFT).scalar_one()
        return not left and not any((ways.maildir / "new").iterdir()) and not ways.mailbox.bodies()

    try:
        wait_until(all_ended, seconds=_PATIENCE, what="all mails to end")
        with create_engine(str(bench.cluster.settings.database.owner_url)).connect() as owner:
            wait_until(lambda: _all_sent(owner), seconds=_PATIENCE, what="all notices to be sent")
            return [
                *_of_the_ledger(bench, load),
                *_of_the_hostile(bench, load, hostile),
                *_of_the_desk(owner),
                *_of_postgres(bench),
                *_of_the_blobs(bench, owner),
                *_of_the_notices(bench, load, owner, faults),
            ]
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
    if line.unaccounted or line.in_flight:
        found.append(f"the sums do not agree: {line}")
    found += [f"the counts are wrong: {each}" for each in wrong_counts(bench.database)]
    with bench.database.system() as connection:
        found += [f"held as {row.reason}: {row.evidence}" for row in connection.execute(_HELD, _OTHERS)]
    return found


def _of_the_hostile(bench: Bench, load: Load, hostile: Hostile) -> list[str]:
    other, sent = bench.planted.tenants[LAW], len(load.sent) + len(hostile.poison)
    with bench.database.system() as connection:
        entered = connection.execute(_ENTERED, {"other": other}).scalar_one()
    found = [f"{sent} mails were sent, and {entered} entered"] if entered != sent else []
    with bench.database.tenant(other) as connection:
        posted = Counter(connection.execute(_SLOW).scalars())
    return found + [f"{words!r} was posted {posted[words]} times" for words in hostile.slow if posted[words] != 1]


def _of_the_desk(owner: Connection) -> list[str]:
    acts = [*WORDS.keys() - {ACTIONS[Action.ALIAS].act}, "mail.erased"]
    unlike = owner.execute(_UNLIKE_ITS_ACTS, {"acts": acts})
    return [f"mail {row.id} is in its run {row.run}, and {row.acts} acts on it were noted" for row in unlike]


def _of_postgres(bench: Bench) -> list[str]:
    log = bench.cluster.folder / "postgres" / "server.log"
    lines = log.read_text(errors="replace").splitlines()
    return [f"PostgreSQL says: {line}" for line in lines if "deadlock detected" in line]


def _of_the_blobs(bench: Bench, owner: Connection) -> list[str]:
    blobs, found = Blobs(str(bench.cluster.settings.blobs.url)), []
    for key in owner.execute(_RAWS).scalars():
        try:
            blobs.get(key)
        except BlobMissingError as error:
            found.append(str(error))
    return found


def _of_the_notices(bench: Bench, load: Load, owner: Connection, faults: list[str]) -> list[str]:
    noticed = Counter(words for mail in bench.sink.mails for words in _words(mail.data))
    found = [f"nobody had a notice of {words!r}" for words in load.sent if not noticed[words]]
    doubled = noticed.total() - owner.execute(_TO_TELL, {"tenant": _tenant(bench), "poison": SENDER}).scalar_one()
    may = _UNDER_WAY * sum(name.endswith(("courier", "child", "PostgreSQL")) for name in faults)
    if doubled > may:
        found.append(f"{doubled} mails went out twice, and {may} might")
    return found


def _words(mail: bytes) -> set[str]:
    parts = (part.get_payload(decode=True) for part in message_from_bytes(mail).walk())
    return {words.decode() for part in parts if isinstance(part, bytes) for words in _ANSWER.findall(part)}
