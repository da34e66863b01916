"""`casemail worker`, `courier` and `heavy`: the stages of the pipeline under Dramatiq's own command line."""

import os
from typing import Annotated

import typer
from dramatiq import cli as dramatiq_cli

from cases.sandbox import isolation
from ops.monitoring.monitor import check_port
from ops.startup import begin, confine
from schemas.settings import Settings, load
from workers.pipeline import queues_of

#: By how much the heavy lane lowers its priority, as nice(2): ordinary mails beside it get the CPU time first.
HEAVY_NICE = 10
#: Milliseconds in which a worker that stops must finish its work.
SHUTDOWN_MS = 60_000

app = typer.Typer()


@app.command("worker")
def worker(processes: int = 1, threads: int = 4) -> None:
    """Runs the stages that do not wait for other servers, and beside them the lane of heavy mails."""
    settings = load()
    begin(settings, kafka=True, forks=True)
    confine(settings)
    lane = "--fork-function=ops.heavy:beside"
    raise typer.Exit(_dramatiq("worker", "reader", processes, threads, lane, *_monitor(settings, "worker")))


@app.command("courier")
def courier(processes: int = 1, threads: int = 8) -> None:
    """Runs the stages that wait for other servers."""
    settings = load()
    begin(settings, kafka=True, forks=True)
    raise typer.Exit(_dramatiq("courier", "worker", processes, threads, *_monitor(settings, "courier")))


@app.command("heavy")
def heavy(
    beside: Annotated[bool, typer.Option(hidden=True, help="A worker starts it, and serves its metrics.")] = False,
) -> None:
    """Runs the stages whose records may take minutes of work, with a thread more than heavy tasks run at a time."""
    settings = load()
    os.nice(HEAVY_NICE)
    begin(settings, kafka=True, forks=True)
    confine(settings)
    options = () if beside else _monitor(settings, "heavy")
    raise typer.Exit(_dramatiq("heavy", "reader", 1, isolation.heavy_slots() + 1, *options))


def _monitor(settings: Settings, role: str) -> tuple[str, ...]:
    """Returns Dramatiq's option for a process that serves metrics and health. Raises `PortError`."""
    check_port(settings, role)
    return (f"--fork-function=ops.monitoring.beside:{role}",) if settings.metrics.port(role) else ()


def _dramatiq(role: str, module: str, processes: int, threads: int, *options: str) -> int:
    """Runs Dramatiq with the broker of `ops.MODULE` until SIGTERM or SIGINT; returns its exit code."""
    arguments = dramatiq_cli.make_argument_parser().parse_args(  # type: ignore[no-untyped-call]
        [
            f"ops.{module}:broker",
            f"--processes={processes}",
            f"--threads={threads}",
            f"--worker-shutdown-timeout={SHUTDOWN_MS}",
            "--skip-logging",
            *options,
            "--queues",
            *queues_of(role),
        ]
    )
    return int(dramatiq_cli.main(arguments))  # type: ignore[no-untyped-call]
