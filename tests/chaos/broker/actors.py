"""Actors for the command line of Dramatiq, in processes that are killed: a chain of two, and actors that fail."""

import os
import time
from pathlib import Path

import dramatiq
from dramatiq.middleware import CurrentMessage

from tests.chaos.broker.clock import follow

follow(Path(os.environ["CHAOS_CLOCK"]))

from workers.broker import ClientOptions, KafkaBroker  # noqa: E402  # its client keeps the clock it finds

OUT = Path(os.environ["CHAOS_FOLDER"], f"runs-{os.getpid()}")
TOO_MANY_BYTES = 1_100_000
RETRY_DELAYS = (500,)
RETRIED_EACH = 20  # one message in so many succeeds only at its second attempt

broker = KafkaBroker(
    os.environ["CHAOS_SERVERS"],
    topic_prefix=os.environ["CHAOS_PREFIX"],
    options=ClientOptions(
        prefetch=int(os.environ["CHAOS_PREFETCH"]),
        session_timeout_ms=int(os.environ["CHAOS_SESSION_MS"]),
        commit_interval_ms=200,
    ),
)
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="first", retry_delays=RETRY_DELAYS)
def first(number: int) -> None:
    """Passes the number on; fails at the first attempt for one number in `RETRIED_EACH`."""
    time.sleep(0.005)
    message = CurrentMessage.get_current_message()
    if number % RETRIED_EACH == 0 and message and not message.options.get("retries"):
        raise ValueError(number)
    second.send(number)


@dramatiq.actor(queue_name="second")
def second(number: int, ballast: str = "") -> None:
    """Writes the number and this process's id to a file, in one system call."""
    with OUT.open("ab", buffering=0) as out:
        out.write(f"{number} {os.getpid()}\n".encode())


@dramatiq.actor(queue_name="first", retry_delays=RETRY_DELAYS)
def hopeless(number: int) -> None:
    """Fails each time."""
    raise ValueError(number)


@dramatiq.actor(queue_name="first")
def bloated(number: int) -> None:
    """Sends a message over the size limit."""
    second.send(number, "x" * TOO_MANY_BYTES)
