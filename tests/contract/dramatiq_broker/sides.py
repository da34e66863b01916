"""The two kinds of brokers under test, middleware that records its hooks, and small helpers."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.message import Message
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Callbacks,
    CurrentMessage,
    GroupCallbacks,
    Middleware,
    Pipelines,
    Retries,
    ShutdownNotifications,
    SkipMessage,
    TimeLimit,
)
from dramatiq.rate_limits.backends import StubBackend as StubLimits
from dramatiq.results import Results
from dramatiq.results.backends import StubBackend as StubResults

from tests.contract.rig import Rig, eventually

HOOKS = (
    "before_declare_queue",
    "after_declare_queue",
    "after_declare_delay_queue",
    "before_declare_actor",
    "after_declare_actor",
    "before_enqueue",
    "after_enqueue",
    "before_process_message",
    "after_process_message",
    "after_skip_message",
    "before_ack",
    "after_ack",
    "before_nack",
    "after_nack",
)


class Witness(Middleware):
    """Notes what it is told of: its name and the hook's, then what came with it."""

    def __init__(self, name: str, seen: list[tuple[Any, ...]]) -> None:
        self._name = name
        self._seen = seen
        for hook in HOOKS:
            setattr(self, hook, partial(self._note, hook))

    def _note(self, hook: str, broker: dramatiq.Broker, *told: Any, **outcome: Any) -> None:
        self._seen.append((f"{self._name} {hook}", *told))


class Skipper(Middleware):
    """Skips the messages that say so in their options; fails them first if they say that too."""

    def before_process_message(self, broker: dramatiq.Broker, message: Any) -> None:
        if skip := message.options.get("skip"):
            if skip == "failed":
                message.fail()
            raise SkipMessage("its options say so")


class Side(Protocol):
    """A kind of broker; what it has in a queue at the end of a test is there in the next one."""

    def broker(self) -> dramatiq.Broker:
        """A new broker without a queue."""

    def dead_letters(self, broker: dramatiq.Broker, queue: str) -> list[Any]:
        """The ids of all messages that were dead letters of `queue` so far."""


class StubSide:
    def broker(self) -> dramatiq.Broker:
        middleware = [Retries(), CurrentMessage(), ShutdownNotifications(), TimeLimit()]
        return StubBroker(middleware, fail_fast_default=False)

    def dead_letters(self, broker: dramatiq.Broker, queue: str) -> list[Any]:
        assert isinstance(broker, StubBroker)
        return [message.message_id for message in broker.dead_letters_by_queue[queue]]


class KafkaSide:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        rig.broker("work", "hand", "other")  # makes the topics

    def broker(self) -> dramatiq.Broker:
        return self.rig.broker()

    def dead_letters(self, broker: dramatiq.Broker, queue: str) -> list[Any]:
        return [Message.decode(record.value).message_id for record in self.rig.records(f"{queue}.XQ")]


class Running:
    """A broker with much of Dramatiq's middleware, at work on its queue `work`."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.seen: list[tuple[Any, ...]] = []
        self.results = StubResults()
        self.broker = side.broker()
        self.broker.declare_queue("work")
        for one in (
            Witness("outer", self.seen),
            AgeLimit(),
            AsyncIO(),
            Callbacks(),
            Pipelines(),
            GroupCallbacks(StubLimits()),  # type: ignore[no-untyped-call]
            Results(backend=self.results),  # type: ignore[no-untyped-call]
            Skipper(),
            Witness("inner", self.seen),
        ):
            self.broker.add_middleware(one)

    def actor(self, function: Callable[..., Any], **options: Any) -> dramatiq.Actor[..., Any]:
        """`function` as an actor, under a name of its own."""
        name = f"{function.__name__}-{len(self.broker.actors)}"
        return dramatiq.actor(broker=self.broker, queue_name="work", actor_name=name, **options)(function)

    def hooks(self, message: Message[Any]) -> list[str]:
        """The hooks that were told of `message`, after it was sent and until it had ended, when it has."""
        ended = {"outer after_ack", "outer after_nack"}
        told = eventually(lambda: (found := self._told(message)) and ended & set(found) and found)
        return [hook for hook in told if not hook.endswith("enqueue")]

    def _told(self, message: Message[Any]) -> list[str]:
        return [hook for hook, what, *_ in self.seen if getattr(what, "message_id", None) == message.message_id]

    def result(self, message: Message[Any]) -> Any:
        """What the actor of `message` returned."""
        return message.get_result(backend=self.results, block=True, timeout=15_000)

    def is_dead(self, message: Message[Any]) -> bool:
        """Whether `message` is a dead letter, now that it has ended."""
        self.broker.join("work", timeout=15_000)
        return message.message_id in self.side.dead_letters(self.broker, "work")


def message(number: int = 0, queue: str = "hand") -> Message[Any]:
    """A message of no actor, to be taken and ended by hand."""
    return Message(queue, "none", (number,), {}, {})


def declare(
    broker: dramatiq.Broker, function: Callable[..., Any], name: str = "act", **options: Any
) -> dramatiq.Actor[..., Any]:
    """`function` as an actor of the queue `hand`."""
    return dramatiq.actor(broker=broker, queue_name="hand", actor_name=name, **options)(function)


def next_of(consumer: dramatiq.Consumer) -> Any:
    """The next message, which must come."""
    return eventually(lambda: next(consumer))
