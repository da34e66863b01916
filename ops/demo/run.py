"""`casemail demo`: the demo with its words."""

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

#: Seconds that the mails have to end.
_DEADLINE = 60.0


def run(*, once: bool, folder: Path | None) -> int:
    """Runs the demo in `folder`, or in a temporary one that is removed at the end.

    Stays until Ctrl-C, or with `once` ends by itself. Returns 0 if every mail ended as it should, else 1.
    """
    # in a log, lines have room
    console, started = Console(highlight=False, width=None if sys.stdout.isatty() else 130), monotonic()
    # whoever ends us: the servers and the temporary folder must go too
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
    """Brings the mails in and shows what became of them; returns what is not as it should be."""
    demo.seed()
    demo.deliver()
    ended = demo.wait(_DEADLINE)
    show.mails(console, ended)
    show.batches(console, outcomes.batch_latencies(demo.database, [one.outcome for one in ended if one.outcome]))
    show.conservation(console, demo.conservation())
    return checks.everything(demo, ended)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder.absolute()
        return
    with TemporaryDirectory(prefix="casemail-demo-") as temporary:
        yield Path(temporary)
