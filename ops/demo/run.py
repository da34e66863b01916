"""Runs the demo and prints the result."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic

from rich.console import Console

from ops.demo import checks, outcomes, show
from ops.demo.demo import Demo
from ops.demo.waiting import WaitedTooLongError

#: Seconds within which the mails must end.
_DEADLINE = 60.0


def run(*, once: bool, folder: Path | None) -> int:
    """Runs the demo in `folder`, or in a temporary folder that is removed at the end.

    Runs until Ctrl-C; with `once` it ends by itself. Returns 0 if every mail ended as it should, else 1.
    """
    # outside of a terminal, such as in a log, lines may be long
    console, started = Console(highlight=False, width=None if sys.stdout.isatty() else 130), monotonic()
    # SIGTERM, too, must end the servers and remove the temporary folder
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def tell(words: str) -> None:
        console.print(f"[bright_black]{monotonic() - started:5.1f} s[/]  {words}", soft_wrap=True)

    with _place(folder) as place:
        try:
            with Demo(place, tell) as demo:
                problems = _play(demo, console)
                if not once:
                    show.links(console, demo.settings, demo.planted)
                    if kafka := demo.cluster.kafka:
                        console.print(f"Kafka        kill -9 {kafka.pid}  (no mail is lost, and it is started again)")
                    console.print("All of it runs until you press Ctrl-C.")
                    with suppress(KeyboardInterrupt):
                        Event().wait()
                tell("Stopping")
        except WaitedTooLongError as error:
            problems = [f"{error}; the logs of the processes lie in the folder that you give with --folder"]
        for problem in problems:
            console.print(problem, style="red", markup=False, soft_wrap=True)
    tell("Not everything went as it should" if problems else "Every mail ended as it should")
    return 1 if problems else 0


def _play(demo: Demo, console: Console) -> list[str]:
    """Delivers the mails and shows the result of each; returns the problems."""
    demo.seed()
    demo.deliver()
    ended = demo.wait(_DEADLINE)
    show.mails(console, ended)
    show.batches(console, outcomes.batch_latencies(demo.database, [mail.outcome for mail in ended if mail.outcome]))
    show.conservation(console, demo.conservation())
    return checks.everything(demo, ended)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder.absolute()
        return
    with TemporaryDirectory(prefix="casemail-demo-") as temporary:
        yield Path(temporary)
