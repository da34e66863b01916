"""`casemail bench broker`: our broker beside Dramatiq's RedisBroker and StubBroker, and beside kafka-python alone.

A hop is one message through one actor: the worker takes it, runs the actor, and sends the next message unless the chain
ends there. Each load runs in a fresh process, so that its CPU time and memory are measured alone. All brokers get the
same threads, prefetch and middleware, except `Deliveries`, which is for Kafka's messages alone. Redis writes nothing to
disk.
"""

import logging
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, NamedTuple
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from ops.bench.broker_chain import Backend, Job, Measured, queue, work, work_bare
from ops.embedded import EmbeddedServerError, Kafka, ServerProcess, free_port, listens
from workers.broker import ensure, queue_specs
from workers.broker.clients.factory import admin

STAGES = 5  # actors in the chain: as many as a mail has stages
PARTITIONS = 4
START_SECONDS = 10.0

_out = Console()


class Comparison(NamedTuple):
    """How many messages were lost or doubled, and whether the CPU that hops on Kafka cost was within its bounds."""

    wrong: int
    in_bounds: bool


class Aim(NamedTuple):
    """A figure of the broker on Kafka, and the value that it should reach ("at least") or keep below ("at most")."""

    name: str
    side: Literal["at least", "at most"]
    aim: float
    value: float

    def met(self) -> bool:
        return self.value >= self.aim if self.side == "at least" else self.value <= self.aim


def measure(
    backend: Backend, what: Callable[[Job], Measured], *, stages: int, items: int, threads: int, seconds: float = 0.0
) -> Measured:
    """Runs `what` in a fresh process, with a job of these figures and new topics, and returns the result."""
    job = Job(backend, f"bench-{uuid4().hex[:8]}.", stages, items, threads, seconds)
    with _topics(job) if backend.name == "Kafka" else nullcontext():
        context = get_context("spawn")
        answer, end = context.Pipe(duplex=False)
        process = context.Process(target=_send_result, args=(end, what, job), daemon=True)
        process.start()
        end.close()
        try:
            found: Measured = answer.recv()
        except EOFError:
            raise ChildProcessError(f"no result for {job}; the reason is shown above") from None
        finally:
            process.kill()
            process.join()
    return found


def _send_result(end: Connection, what: Callable[[Job], Measured], job: Job) -> None:
    logging.getLogger("kafka").addHandler(logging.NullHandler())
    end.send(what(job))


@contextmanager
def _topics(job: Job) -> Iterator[None]:
    servers = job.backend.address
    specs = [
        spec
        for stage in range(job.stages)
        for spec in queue_specs(queue(stage), partitions=PARTITIONS, prefix=job.prefix)
    ]
    ensure(servers, specs)
    try:
        yield
    finally:
        with admin(servers) as client:
            client.delete_topics([spec.name for spec in specs])


@contextmanager
def redis_server(folder: Path) -> Iterator[Backend]:
    """Runs Redis in `folder`, on 127.0.0.1. Raises EmbeddedServerError if it is not installed."""
    program = shutil.which("redis-server")
    if program is None or find_spec("redis") is None:
        raise EmbeddedServerError(
            "the benchmark of the broker needs Redis and its client: "
            "on Debian and Ubuntu run `apt-get install redis-server`, and `pip install casemail[dev]`"
        )
    port = free_port()
    server = ServerProcess("Redis", folder, stop_signal=signal.SIGTERM)
    server.lock_folder()
    try:
        server.spawn([program, "--bind", "127.0.0.1", "--port", str(port), "--save", ""], env={})
        server.wait_until(lambda: listens(port), seconds=START_SECONDS)
        yield Backend("Redis", f"redis://127.0.0.1:{port}/0", server.pid)
    finally:
        server.stop()


app = typer.Typer()


@app.command("broker")
def command(
    items: Annotated[int, typer.Option(min=100, help="Messages through a chain of five actors.")] = 5_000,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each worker.")] = 2,
    seconds: Annotated[float, typer.Option(help="For each latency.")] = 10.0,
) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(items=items, threads=threads, seconds=seconds))


def run(*, items: int, threads: int, seconds: float) -> int:
    """Starts the servers and compares the brokers.

    Returns 1 if a message was lost or doubled, or if a hop on Kafka costs more CPU than its bounds; else 0.
    """
    with TemporaryDirectory(prefix="casemail-bench-") as name:
        folder = Path(name)
        with Kafka(folder / "kafka") as kafka, redis_server(folder / "redis") as redis:
            found = compare(Backend("Kafka", kafka.servers, kafka.pid), redis, items, threads, seconds)
    return 1 if found.wrong or not found.in_bounds else 0


def compare(kafka: Backend, redis: Backend, items: int, threads: int, seconds: float) -> Comparison:
    """Measures all brokers, prints the figures, and returns whether Kafka's are within their bounds.

    `items` go through the chain, and as many hops are made through one actor; `seconds` are for each latency.
    """
    backends = (kafka, redis, Backend("Stub"))
    hops = items * STAGES
    singles = {each.name: measure(each, work, stages=1, items=hops, threads=threads) for each in backends}
    bare = measure(kafka, work_bare, stages=2, items=hops, threads=threads)  # right before the runs it is compared with
    chains = {
        each.name: measure(each, work, stages=STAGES, items=items, threads=threads, seconds=seconds)
        for each in backends
    }
    bounds = _bounds(singles, chains, bare)
    for table in (_flows(singles, chains, bare), _latencies(chains), _aims(chains, bare, bounds)):
        _out.print(table)
    wrong = sum(each.wrong for each in (bare, *singles.values(), *chains.values()))
    _out.print(f"{threads} threads in each worker; lost or doubled: {wrong}")
    return Comparison(wrong, all(row.met() for row in bounds))


def _flows(singles: Mapping[str, Measured], chains: Mapping[str, Measured], bare: Measured) -> Table:
    rows = {
        **{f"{name}, one actor": each.flow for name, each in singles.items()},
        **{f"{name}, chain of {STAGES}": each.flow for name, each in chains.items()},
        "kafka-python alone": bare.flow,
    }
    table = _table(
        "Working off a backlog", "hops a second", "of the client's", "CPU ms a hop", "of the server", "memory MB"
    )
    for name, flow in rows.items():
        rates = (f"{flow.rate:,.0f}", f"{flow.rate / bare.flow.rate:.2f}")
        table.add_row(name, *rates, f"{flow.cpu:.3f}", f"{flow.server_cpu:.3f}", f"{flow.memory / 1e6:.0f}")
    return table


def _latencies(chains: Mapping[str, Measured]) -> Table:
    table = _table(f"From send to start, chain of {STAGES}", "hops a second", "p50 ms", "p99 ms")
    for name, measured in chains.items():
        for load, latency in zip(("idle", "half load"), measured.latencies, strict=True):
            table.add_row(f"{name}, {load}", f"{latency.rate:,.0f}", f"{latency.p50:.1f}", f"{latency.p99:.1f}")
    return table


def _bounds(singles: Mapping[str, Measured], chains: Mapping[str, Measured], bare: Measured) -> tuple[Aim, ...]:
    """Returns how much CPU the broker may add to a hop. A rate would depend on other load on the machine."""
    # a hop costs at least Dramatiq's work on a message in memory and the client's work on its record
    least = chains["Stub"].flow.cpu + bare.flow.cpu
    return (
        Aim("CPU of a hop, of Dramatiq's and the client's", "at most", 2.5, chains["Kafka"].flow.cpu / least),
        Aim("CPU of a hop through one actor, of the client's", "at most", 3, singles["Kafka"].flow.cpu / bare.flow.cpu),
    )


def _aims(chains: Mapping[str, Measured], bare: Measured, bounds: tuple[Aim, ...]) -> Table:
    flow, idle = chains["Kafka"].flow, chains["Kafka"].latencies[0]
    rows = (
        Aim("hops a second in one process", "at least", 6_000, flow.rate),
        Aim("CPU ms a hop", "at most", 0.15, flow.cpu),
        Aim("CPU of a hop, of that on Redis", "at most", 1, flow.cpu / chains["Redis"].flow.cpu),
        Aim("p99 ms of a hop when idle", "at most", 25, idle.p99),
        Aim("hops a second, of kafka-python's alone", "at least", 1 / 3, flow.rate / bare.flow.rate),
        *bounds,
    )
    table = _table("The broker on Kafka", "aim", "measured", "")
    for row in rows:
        wanted = f"{row.side} {row.aim:,.4g}"
        table.add_row(row.name, wanted, f"{row.value:,.4g}", "met" if row.met() else "missed")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table
