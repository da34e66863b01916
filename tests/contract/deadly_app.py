"""A worker process for the tests, which kills itself at a message that asks for it."""

import os
import signal
import sys
import time
from pathlib import Path

import dramatiq

from workers.broker import ClientOptions, KafkaBroker

servers, prefix, out = sys.argv[1:]
options = ClientOptions(session_timeout_ms=2_000, commit_interval_ms=100)
broker = KafkaBroker(servers, topic_prefix=prefix, options=options)


@dramatiq.actor(broker=broker, queue_name="work")
def work(number: int, *, deadly: bool = False, seconds: float = 0.0) -> None:
    if deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(seconds)
    with Path(out).open("a") as file:
        file.write(f"{number}\n")


worker = dramatiq.Worker(broker, worker_threads=4)
worker.start()
signal.pause()
