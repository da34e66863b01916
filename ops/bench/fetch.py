"""`casemail bench fetch`: mails a second into custody, durable in blob store and ledger, by each way in.

Each way takes turns with a bare program in the same run: aiosmtpd's LMTP server that discards the mails; a loop that
reads the files of a Maildir and moves them; where an IMAP server is named, a loop of imap-tools that reads a mailbox
and moves its mails. Each bare program also runs with a file and an fsync for each mail, the least that keeping a mail
costs. All get the same mails of about 4 KB; the median of the turns counts.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import uuid4

import psutil
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from ops.bench import imap, world
from ops.bench.bare_lmtp import keep
from ops.bench.generator import Correspondent, Load, fill_maildir, mails
from ops.bench.imap import order_fetch
from ops.bench.run import push
from ops.cli.errors import fail
from ops.cluster import Cluster
from ops.embedded import free_port, listens
from ops.embedded.errors import EmbeddedServerError
from schemas.settings import Settings
from schemas.tables import SourceKind
from storage.resources import Resources, open_resources
from storage.source_rows import ensure_source
from workers.fetch.pull.stage import fetch

#: The share of the bare program's rate that a way with a server should reach. To read a file is too little work for an
#: aim.
AIM = "0.5"
_START_SECONDS = 60.0
#: Mails in each of the mailboxes that are fetched side by side.
MAILS_OF_A_BOX = 50
_COUNT = text("select count(*) from mails where duplicate_of is null")

_out = Console()


@dataclass(frozen=True)
class Way:
    """A way in: functions that deliver a load and return the seconds that casemail, a bare program, and a bare program
    that keeps files take."""

    name: str
    ours: Callable[[Load], float]
    bare: Callable[[Load], float]
    keeping: Callable[[Load], float]
    aim: str = AIM


def by_lmtp(port: int) -> Callable[[Load], float]:
    """Returns a function that delivers a load to the LMTP server at the port."""

    def deliver(load: Load) -> float:
        begun = time.perf_counter()
        push(port, load)
        return time.perf_counter() - begun

    return deliver


def from_maildir(resources: Resources, folder: Path) -> Callable[[Load], float]:
    """Returns a function that fetches a load from a Maildir in one batch."""

    def take(load: Load) -> float:
        box = fill_maildir(folder / uuid4().hex, load)
        with resources.database.system() as connection:
            source = ensure_source(connection, SourceKind.MAILDIR, box.name, location=str(box))
        order = order_fetch(resources, source)
        begun = time.perf_counter()
        fetch(order, resources)
        return time.perf_counter() - begun

    return take


def bare_maildir(folder: Path, *, keeping: bool = False) -> Callable[[Load], float]:
    """Returns a function that reads and moves a load in a Maildir, oldest first; with `keeping`, it also stores it."""

    def take(load: Load) -> float:
        box = fill_maildir(folder / uuid4().hex, load)
        begun = time.perf_counter()
        for path in sorted((box / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns):
            raw = path.read_bytes()
            if keeping:
                keep(box / "tmp" / path.name, raw)
            path.rename(box / "cur" / f"{path.name}:2,S")
        return time.perf_counter() - begun

    return take


@contextmanager
def server(*command: str, port: int, env: dict[str, str]) -> Iterator[psutil.Process]:
    """Runs a Python module that listens at the port, and yields its process."""
    with subprocess.Popen([sys.executable, "-m", *command], env=os.environ | env) as process:
        try:
            deadline = time.monotonic() + _START_SECONDS
            while process.poll() is None and not listens(port) and time.monotonic() < deadline:
                time.sleep(0.05)
            if process.poll() is not None:
                raise EmbeddedServerError(f"{' '.join(command)} ended with code {process.returncode} while it started")
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def measure(ways: Sequence[Way], people: list[Correspondent], resources: Resources, *, count: int, turns: int) -> int:
    """Measures each way, prints its figures, and returns how many mails custody lacks or has twice."""
    table = Table(title=f"Into custody: {count} mails of 4 KB a turn, median of {turns} turns", title_justify="left")
    columns = ("way", "mails a second", "bare", "of it", "aim", "bare, with fsync", "of it")
    for column in columns:
        table.add_column(column, justify="left" if column == "way" else "right")
    before, seed = _in_custody(resources), 0
    for way in ways:
        ours, bare, keeping = [], [], []
        for _ in range(turns):
            seed += 1
            load = list(mails(seed, count, people, with_pdf=False))
            bare.append(count / way.bare(load))
            keeping.append(count / way.keeping(load))
            ours.append(count / way.ours(load))
        rate, most, kept = median(ours), median(bare), median(keeping)
        figures = (f"{rate:.0f}", f"{most:.0f}", f"{rate / most:.2f}", way.aim, f"{kept:.0f}", f"{rate / kept:.2f}")
        table.add_row(way.name, *figures)
    _out.print(table)
    wrong = abs(_in_custody(resources) - before - count * turns * len(ways))
    _out.print(f"lost or doubled: {wrong}")
    return wrong


def _in_custody(resources: Resources) -> int:
    with resources.database.system() as connection:
        return int(connection.execute(_COUNT).scalar_one())


def compare(
    settings: Settings, env: dict[str, str], folder: Path, *, count: int, turns: int, mailbox: imap.Server | None
) -> int:
    """Measures all ways on a migrated database; returns how many mails were lost or doubled."""
    people = world.build(settings)
    resources = open_resources(settings.replace(source_private=True, source_plain=True))
    bare_port, keeping_port = free_port(), free_port()
    (folder / "kept").mkdir()
    with ExitStack() as stack:
        lmtp = stack.enter_context(server("ops", "lmtp", port=settings.lmtp.port, env=env))
        bare = "ops.bench.bare_lmtp"
        stack.enter_context(server(bare, str(bare_port), port=bare_port, env={}))
        stack.enter_context(server(bare, str(keeping_port), str(folder / "kept"), port=keeping_port, env={}))
        ways = [
            Way("LMTP", by_lmtp(settings.lmtp.port), by_lmtp(bare_port), by_lmtp(keeping_port)),
            Way(
                "Maildir", from_maildir(resources, folder), bare_maildir(folder), bare_maildir(folder, keeping=True), ""
            ),
        ]
        if mailbox:
            (folder / "mailbox").mkdir()
            keeping = imap.bare(mailbox, folder / "mailbox")
            ways.append(Way("IMAP", imap.ours(resources, mailbox), imap.bare(mailbox), keeping))
        wrong = measure(ways, people, resources, count=count, turns=turns)
        if mailbox:
            box_load = list(mails(0, MAILS_OF_A_BOX, people, with_pdf=False))
            used = imap.memory(resources, mailbox, box_load)
            _out.print(f"memory for {imap.SOURCES} mailboxes fetched side by side: {used:.0f} MB")
        _out.print(f"memory of the LMTP server: {lmtp.memory_info().rss / 1e6:.0f} MB")
    resources.database.close()
    return wrong


app = typer.Typer()


@app.command("fetch")
def command(
    mails: Annotated[int, typer.Option(min=50, help="Mails of a turn.")] = 2_000,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each; the median counts.")] = 3,
    mailbox: Annotated[str, typer.Option("--imap", help="An IMAP server too: imap://user:password@host:port.")] = "",
) -> None:
    """Runs the benchmark."""
    try:
        server = imap.Server.parse(mailbox) if mailbox else None
    except ValueError as error:
        fail(str(error))
    raise typer.Exit(run(mails=mails, turns=turns, mailbox=server))


def run(*, mails: int, turns: int, mailbox: imap.Server | None) -> int:
    """Starts servers and runs the benchmark on them; returns 0 if no mail was lost or doubled, else 1."""
    with TemporaryDirectory(prefix="casemail-bench-") as name:
        cluster = Cluster(Path(name))
        try:
            cluster.start_servers()
            wrong = compare(cluster.settings, cluster.env, Path(name), count=mails, turns=turns, mailbox=mailbox)
            return 1 if wrong else 0
        finally:
            cluster.stop()
