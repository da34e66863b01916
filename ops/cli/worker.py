"""`casemail worker`, `courier` and `heavy`: the stages of the pipeline under Dramatiq's own command line."""

from collections.abc import Sequence

import typer
from dramatiq import cli as dramatiq_cli

from cases.sandbox import isolation
from ops.kafka import check_topics
from ops.startup import begin, confine
from schemas.settings import load
from workers.pipeline import STAGES

#: Milliseconds in which a worker that stops must finish its work.
SHUTDOWN_MS = 60_000

app = typer.Typer()


@app.command("worker")
def worker(processes: int = 1, threads: int = 4) -> None:
    """Runs the stages that do not wait for other servers, and beside them the lane of heavy mails."""
    settings = load()
    check_topics(settings)
    begin(settings)
    confine(settings)
    queues = [stage.topic for stage in STAGES if not stage.waits and not stage.heavy]
    raise typer.Exit(_dramatiq("reader", queues, processes, threads, "--fork-function=ops.heavy:beside"))


@app.command("courier")
def courier(processes: int = 1, threads: int = 8) -> None:
    """Runs the stages that wait for other servers."""
    settings = load()
    check_topics(settings)
    begin(settings)
    raise typer.Exit(_dramatiq("worker", [stage.topic for stage in STAGES if stage.waits], processes, threads))


@app.command("heavy")
def heavy() -> None:
    """Runs the stages whose records may take minutes of work, with a thread more than heavy tasks run at a time."""
    settings = load()
    check_topics(settings)
    confine(settings)
    queues = [stage.topic for stage in STAGES if stage.heavy]
    raise typer.Exit(_dramatiq("reader", queues, 1, isolation.heavy_slots() + 1))


def _dramatiq(module: str, queues: Sequence[str], processes: int, threads: int, *options: str) -> int:
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
            *queues,
        ]
    )
    return int(dramatiq_cli.main(arguments))  # type: ignore[no-untyped-call]
