"""The messages of a round: healthy messages by number, and odd messages, each of which must end as a dead letter."""

import random
import time
from typing import Any

import pytest
from dramatiq.errors import DecodeError
from dramatiq.message import Message

from tests.contract.rig import Rig
from workers.broker import KafkaBroker, MessageTooLargeError

TOO_MANY_BYTES = 1_100_000
# the actors of the messages that fail for good, and the error that their dead letters name
FAILURES = {"nobody": "ActorNotFound", "hopeless": "ValueError", "bloated": "MessageTooLargeError"}


def identity(value: bytes) -> str:
    """Returns a name for a record: the actor and the number in its message, or its bytes if it has no message."""
    try:
        message: Message[Any] = Message.decode(value)
    except DecodeError:
        return repr(value)
    return f"{message.actor_name} {message.args[0]}"


class Letters:
    """Sends messages through `broker`, puts raw bytes with `rig`, and notes the messages that Kafka acknowledged."""

    def __init__(self, rig: Rig, broker: KafkaBroker) -> None:
        self._rig = rig
        self._broker = broker
        self.acknowledged: set[int] = set()  # numbers of healthy messages
        self.doomed: dict[str, str] = {}  # by identity: the error that the dead letter must name

    def send(self, count: int, seconds: float, odd: int, chance: random.Random) -> None:
        """Sends `count` healthy messages over `seconds`, and among them `odd` messages of each odd kind."""
        begun = time.monotonic()
        turns = set(chance.sample(range(count), odd))
        for number in range(count):
            time.sleep(max(0.0, begun + seconds * number / count - time.monotonic()))
            self._send("first", number)
            self.acknowledged.add(number)
            if number in turns:
                self._send_odd(number)

    def _send(self, actor: str, *args: Any) -> None:
        self._broker.enqueue(Message("first", actor, args, {}, {}))

    def _send_odd(self, number: int) -> None:
        poison = f"\xff no message {number}".encode("latin-1")
        self._rig.put("first", poison)
        self.doomed[identity(poison)] = "DecodeError"
        for actor, error in FAILURES.items():
            self._send(actor, number)
            self.doomed[f"{actor} {number}"] = error
        with pytest.raises(MessageTooLargeError):
            self._send("first", number, "x" * TOO_MANY_BYTES)
