"""`casemail bench attachments`: the cost of files, next to a bare base64 decode of the same mail in the same run.

Throughput is that of the attachments stage on a real database and a blob store in a folder. Memory is the rise of
resident memory while one mail is processed, in a separate process that has loaded what a worker loads. Linux only.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from base64 import b32encode, encodebytes
from binascii import a2b_base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import UUID

import psutil
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, insert

from ops.embedded import Postgres
from schemas.records import Custody, FetchedMail, ParsedMail, Target, ValidatedMail
from schemas.settings import environment, load
from schemas.tables import Authentication, Tenant, core, new_id, now
from storage.blobs.store import of_batch
from storage.migrations import upgrade
from storage.resources import Resources, open_resources
from workers.attachments.stage import select
from workers.parse.stage import parse

MB = 1_000_000
#: Sizes of the mails, in bytes.
SIZES = (1 * MB, 5 * MB, 25 * MB)
#: The most memory that a mail may cost a worker, in bytes.
MOST_MEMORY = 120 * MB
#: Bytes of the first mail: enough to be read in the sandbox process, so that everything is loaded before measuring.
_WARM_UP = 1_200_000
_HEADER = (
    b"MIME-Version: 1.0\r\nFrom: Ann <ann@people.example>\r\nTo: case-1@cases.example\r\nSubject: Re: A case\r\n"
    b"Date: Mon, 23 Nov 2026 09:15:00 +0000\r\nMessage-ID: <1@people.example>\r\n"
    b'Content-Type: multipart/mixed; boundary="mix"\r\n\r\n--mix\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nHere is the list.\r\n--mix\r\n"
    b'Content-Type: text/plain; name="list.txt"\r\nContent-Transfer-Encoding: base64\r\n'
    b'Content-Disposition: attachment; filename="list.txt"\r\n\r\n'
)
_END = b"--mix--\r\n"
#: Octets of a line of base64 with its end, and of the data in it (RFC 2045 section 6.8).
_LINE, _DECODED = 78, 57


def write(size: int, seed: int) -> bytes:
    """Returns a mail of at most `size` bytes with one file, which costs the most memory of all mails of that size."""
    random = Random(seed)  # noqa: S311  # a load, not a secret
    octets = (size - len(_HEADER) - len(_END)) // _LINE * _DECODED
    text = random.randbytes(octets // 2 + 1).hex()[:octets]
    return _HEADER + encodebytes(text.encode()).replace(b"\n", b"\r\n") + _END


def bare(raw: bytes) -> bytes:
    """Decodes the file, as a program without casemail would."""
    return a2b_base64(raw[len(_HEADER) : -len(_END)])


def arrive(resources: Resources, tenant_id: UUID, raw: bytes) -> Custody:
    """Puts the mail into the blob store and returns its custody."""
    return Custody(
        mail_id=new_id(),
        tenant_id=tenant_id,
        raw=resources.blobs.put(tenant_id, of_batch(new_id()), raw),
        size=len(raw),
        recipient="case-1@cases.example",
        sender="ann@people.example",
        received_at=now(),
    )


def read(custody: Custody, resources: Resources) -> ValidatedMail:
    """Returns the mail as the attachments stage takes it."""
    parsed = parse(FetchedMail(custody=custody), resources)
    assert isinstance(parsed, ParsedMail), parsed
    return ValidatedMail(parsed=parsed, target=Target(case_id=new_id(), author_id=new_id(), answers=None))


def speed(resources: Resources, tenant_id: UUID, size: int, turns: int) -> tuple[float, float]:
    """Returns MB of mail a second through the attachments stage and through a bare decode: medians of `turns` mails."""
    ours, theirs = [], []
    for turn in range(turns):
        raw = write(size, turn)
        mail = read(arrive(resources, tenant_id, raw), resources)
        started = time.perf_counter()
        (file,) = select(mail, resources).files
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        content = bare(raw)
        theirs.append(time.perf_counter() - started)
        assert resources.blobs.get(file.blob) == content
    return size / MB / median(ours), size / MB / median(theirs)


@dataclass(frozen=True)
class Peaks:
    """The rise of resident memory, in bytes, for one mail: in a worker during each of two stages, and in the sandbox
    processes beside it, which read large and odd mails."""

    parse: int
    attachments: int
    beside: int


def peaks(resources: Resources, tenant_id: UUID, size: int, env: Mapping[str, str]) -> Peaks:
    """Measures a mail of this size in a process with the settings in `env`, which are those of `resources`."""
    mails = [arrive(resources, tenant_id, write(each, 7)).model_dump_json() for each in (_WARM_UP, size)]
    command = [sys.executable, "-m", "ops.bench.attachments", *mails]
    done = subprocess.run(command, env={**os.environ, **env}, stdout=subprocess.PIPE, check=True)
    return Peaks(**json.loads(done.stdout))


def _measure(warm_up: Custody, custody: Custody) -> Peaks:
    """Measures a mail in this process, after another mail to warm up."""
    resources = open_resources(load())
    select(read(warm_up, resources), resources)
    me = psutil.Process()
    beside = me.children(recursive=True)
    before = {process: _start(process) for process in (me, *beside)}
    mail = read(custody, resources)
    parsed = _peak(me) - before[me]
    again = _start(me)
    select(mail, resources)
    others = sum(_peak(process) - before[process] for process in beside if process.is_running())
    return Peaks(parsed, _peak(me) - again, others)


def _start(process: psutil.Process) -> int:
    """Resets the peak of the process; returns its resident memory now, in bytes."""
    with suppress(PermissionError):  # without root, the peak of a confined process can't be reset
        Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")
    return int(process.memory_info().rss)


def _peak(process: psutil.Process) -> int:
    """Returns the peak of the process since `_start`, in bytes (proc(5), VmHWM)."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


app = typer.Typer()


@app.command("attachments")
def command(turns: Annotated[int, typer.Option(min=1, help="New mails of each size.")] = 7) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(turns))


def run(turns: int) -> int:
    """Measures and prints; returns 1 if a mail cost any process more than `MOST_MEMORY`, else 0."""
    with TemporaryDirectory() as folder, Postgres(Path(folder) / "postgres") as postgres:
        upgrade(postgres.owner_url, postgres.url)
        tenant = Tenant(slug="bench", name="Bench", mail_domain="cases.example", authentication=Authentication.OFF)
        owner = create_engine(postgres.owner_url)
        with owner.begin() as connection:
            connection.execute(insert(core(Tenant)), tenant.model_dump())
        owner.dispose()
        values = {
            "kafka_servers": "127.0.0.1:1",
            "database_url": postgres.url,
            "blob_url": f"{folder}/blobs",
            "address_keys": f"a:{b32encode(secrets.token_bytes(20)).decode()}",
            "session_secret": secrets.token_hex(32),
        }
        env = environment(values)
        resources = open_resources(load(env))
        table = Table(title="Mails with one file", title_justify="left")
        for column in ("MB", "MB/s", "MB/s bare decode", "times", "MB parse", "MB attachments", "MB beside"):
            table.add_column(column, justify="right")
        most = 0
        for size in SIZES:
            ours, theirs = speed(resources, tenant.id, size, turns)
            found = peaks(resources, tenant.id, size, env)
            most = max(most, *asdict(found).values())
            speeds = (f"{size // MB}", f"{ours:.0f}", f"{theirs:.0f}", f"{theirs / ours:.1f}")
            table.add_row(*speeds, *(f"{value / MB:.0f}" for value in asdict(found).values()))
        resources.database.close()
    Console().print(table)
    Console().print("Memory is what one mail took above what was there: in a worker, and in the processes beside it.")
    return 1 if most > MOST_MEMORY else 0


if __name__ == "__main__":
    print(json.dumps(asdict(_measure(*(Custody.model_validate_json(mail) for mail in sys.argv[1:])))))
