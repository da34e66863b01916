"""`casemail bench`: a seeded load by LMTP and as a Maildir batch through real Kafka and PostgreSQL.

Each phase waits until every mail has ended and every notice is sent, asserts conservation and that nothing posted
twice, and prints what it cost.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import mailparser
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from ops.bench import world
from ops.bench.generator import Correspondent, fill_maildir, mails
from ops.bench.measure import Snapshot, snapshot
from ops.cluster import Cluster
from ops.embedded.process import free_port
from schemas.tables import SourceKind
from storage.database import Database
from storage.ledger.conservation import conservation
from storage.source_rows import ensure_source
from workers.outbox.smtp import stuffed

LMTP_CONNECTIONS = 20  # Postfix's default for one destination
DEADLINE_SECONDS = 600.0
_YARDSTICK_RUNS = 300

_PENDING = text(
    "select (select count(*) from mails where ended_at is null), (select count(*) from outbox where state = 'waiting')"
)
_RESULT = text("""
select count(*) filter (where state = 'posted') as posted,
    extract(epoch from max(ended_at) - min(received_at))::float8 as seconds,
    percentile_cont(array[0.5, 0.95, 0.99])
        within group (order by extract(epoch from ended_at - received_at)) as latency
from mails where received_at >= :since
""")
_TWICE = text("select count(*) - count(distinct mail_id) from updates where mail_id is not null")

_out = Console()


@dataclass(frozen=True)
class Phase:
    """A measured part: its name, whether mails have a PDF, and how they are delivered."""

    name: str
    with_pdf: bool
    deliver: Callable[["Bench", Iterable[tuple[Correspondent, bytes]]], None]


class Bench:
    """A running cluster, and the people who write to it."""

    def __init__(self, cluster: Cluster, folder: Path, sink: int) -> None:
        self.cluster = cluster
        self.folder = folder
        self.people = world.build(cluster.settings)
        self._sink = sink
        self._owner = create_engine(cluster.settings.database.owner_url or cluster.settings.database.url)

    def measure(self, phase: Phase, seed: int, count: int) -> int:
        """Runs a phase, prints its figures, and returns how many mails were lost or doubled."""
        self.drain()
        load = list(mails(seed, count, self.people, with_pdf=phase.with_pdf))
        with self._owner.connect() as connection:
            since = connection.execute(text("select clock_timestamp()")).scalar_one()
        before = snapshot(self.cluster, {"sink": self._sink})
        phase.deliver(self, load)
        self.drain()
        after = snapshot(self.cluster, {"sink": self._sink})
        with self._owner.connect() as connection:
            result = connection.execute(_RESULT, {"since": since}).one()
            twice: int = connection.execute(_TWICE).scalar_one()
        with Database(self.cluster.settings.database.url).system() as connection:
            unaccounted = sum(abs(line.unaccounted) for line in conservation(connection))
        wrong = (count - result.posted) + twice + unaccounted
        _print(phase, count, result.seconds, result.latency, before, after)
        _out.print(f"  posted {result.posted} of {count}, twice {twice}, unaccounted {unaccounted}")
        return int(wrong)

    def drain(self) -> None:
        """Waits until every mail has ended and the outbox is empty. Raises `TimeoutError` after `DEADLINE_SECONDS`."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            with self._owner.connect() as connection:
                if connection.execute(_PENDING).one() == (0, 0):
                    return
            time.sleep(0.25)
        raise TimeoutError("mails or notices are still on their way")


def by_lmtp(bench: Bench, load: Iterable[tuple[Correspondent, bytes]]) -> None:
    """Delivers to the LMTP server of the cluster."""
    push(bench.cluster.settings.lmtp.port, load)


def push(port: int, load: Iterable[tuple[Correspondent, bytes]]) -> None:
    """Delivers over several LMTP connections in one thread, so that sending costs little compared with the work."""
    waiting = [(person, stuffed(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))) for person, raw in load]

    async def deliver(share: list[tuple[Correspondent, bytes]]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def say(words: bytes, expected: bytes) -> None:
            writer.write(words)
            while (line := await reader.readline())[3:4] == b"-":
                pass
            if not line.startswith(expected):
                raise ConnectionError(f"the LMTP server says {line!r} to {words[:80]!r}")

        await say(b"", b"220")
        await say(b"LHLO bench.example\r\n", b"250")
        for person, data in share:
            await say(f"MAIL FROM:<{person.email}>\r\n".encode(), b"250")
            await say(f"RCPT TO:<{person.reply_to}>\r\n".encode(), b"250")
            await say(b"DATA\r\n", b"354")
            await say(data, b"250")
        writer.close()

    async def deliver_all() -> None:
        await asyncio.gather(*(deliver(waiting[start::LMTP_CONNECTIONS]) for start in range(LMTP_CONNECTIONS)))

    asyncio.run(deliver_all())


def by_maildir(bench: Bench, load: Iterable[tuple[Correspondent, bytes]]) -> None:
    """Fills a Maildir, adds it as a source, and waits until it is fetched as one batch, at most `DEADLINE_SECONDS`."""
    folder = fill_maildir(bench.folder / uuid4().hex, load)
    with Database(bench.cluster.settings.database.url).system() as connection:
        ensure_source(connection, SourceKind.MAILDIR, folder.name, location=str(folder), period_seconds=86_400)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while any((folder / "new").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)


PHASES = (
    Phase("4 KB reply by LMTP", with_pdf=False, deliver=by_lmtp),
    Phase("12.6 KB with PDF by LMTP", with_pdf=True, deliver=by_lmtp),
    Phase("12.6 KB with PDF, one Maildir batch", with_pdf=True, deliver=by_maildir),
)


def _print(phase: Phase, count: int, seconds: float, latency: list[float], before: Snapshot, after: Snapshot) -> None:
    table = Table(title=f"{phase.name}: {count} mails, {count / seconds:.0f} a second", title_justify="left")
    for column in ("process", "CPU ms a mail", "memory MB", "stage", "CPU ms a mail"):
        table.add_column(column, justify="left" if column in {"process", "stage"} else "right")
    cpu = {name: (after.cpu[name] - before.cpu[name]) * 1_000 / count for name in after.cpu}
    stages = {name: (after.stages[name] - before.stages.get(name, 0)) * 1_000 / count for name in after.stages}
    stage_rows = [(name, f"{value:.2f}") for name, value in stages.items()]
    for index, (name, value) in enumerate(sorted(cpu.items(), key=lambda item: -item[1])):
        stage = stage_rows[index] if index < len(stage_rows) else ("", "")
        table.add_row(name, f"{value:.2f}", f"{after.memory[name] / 1e6:.0f}", *stage)
    ours = sum(value for name, value in cpu.items() if name != "sink")
    table.add_row("all but the sink", f"{ours:.2f}", "", "", "")
    _out.print(table)
    p50, p95, p99 = latency
    statements = (after.statements - before.statements) / count
    _out.print(
        f"  custody to posted: p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s; {statements:.1f} statements a mail"
    )


def _yardstick(seed: int) -> float:
    """Returns CPU milliseconds of bare mail-parser for a 4 KB reply, to compare figures of different machines."""
    (_, raw), *_ = mails(seed, 1, [Correspondent("a@people.example", "b@cases.example")], with_pdf=False)
    started = time.process_time()
    for _ in range(_YARDSTICK_RUNS):
        parsed = mailparser.parse_from_bytes(raw)
        _ = (parsed.from_, parsed.to, parsed.subject, parsed.date, parsed.text_plain, parsed.text_html)
    return (time.process_time() - started) * 1_000 / _YARDSTICK_RUNS


def run(*, mails: int, seed: int, processes: int) -> int:
    """Runs all phases; returns 0 if no mail was lost or doubled in any, else 1."""
    sink_port = free_port()
    # each of the few people writes more than a real person does
    overrides = {"smtp_host": "127.0.0.1", "smtp_port": str(sink_port), "sender_mails": "0"}
    with TemporaryDirectory(prefix="casemail-bench-") as name:
        folder = Path(name)
        with (
            sink_of(sink_port) as sink,
            Cluster(folder, overrides=overrides, worker_options=(f"--processes={processes}",)) as cluster,
        ):
            bench = Bench(cluster, folder, sink)
            wrong = sum(bench.measure(phase, seed + index, mails) for index, phase in enumerate(PHASES))
            _out.print(
                f"Yardstick: bare mail-parser takes {_yardstick(seed):.2f} ms of CPU for a 4 KB reply here and now"
            )
    return 1 if wrong else 0


@contextmanager
def sink_of(port: int) -> Iterator[int]:
    """Runs a mail server for the notices as a child process and yields its id; kills it at the end in any case."""
    with subprocess.Popen([sys.executable, "-m", "ops.bench.sink", str(port)]) as process:
        try:
            yield process.pid
        finally:
            process.kill()
