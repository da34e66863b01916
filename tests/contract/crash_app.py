"""Actors for Dramatiq's command line, in processes that tests kill: `second` writes each number to a file."""

import os
import time
from dataclasses import replace
from pathlib import Path

import dramatiq

from tests.contract.rig import FAST
from workers.broker import KafkaBroker

OUT = Path(os.environ["CRASH_APP_OUT"])

broker = KafkaBroker(
    os.environ["CRASH_APP_SERVERS"],
    topic_prefix=os.environ["CRASH_APP_PREFIX"],
    options=replace(FAST, prefetch=20, session_timeout_ms=int(os.environ["CRASH_APP_SESSION_MS"])),
)
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="first", retry_delays=(1_000,))
def first(number: int) -> None:
    """Sends the number on to `second`; every tenth number fails once and is sent on when it is retried."""
    time.sleep(0.005)
    retries = dramatiq.middleware.CurrentMessage.get_current_message().options.get("retries", 0)  # type: ignore[union-attr]
    if number % 10 == 0 and not retries:
        raise ValueError
    second.send(number)


@dramatiq.actor(queue_name="second")
def second(number: int) -> None:
    """Appends the number to the file in one system call."""
    with OUT.open("ab", buffering=0) as out:
        out.write(f"{number}\n".encode())
