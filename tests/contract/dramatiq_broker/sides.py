"""The two kinds of brokers under test, middleware that records calls of its hooks, and small helpers."""

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
    """Notes each call of a hook: its own name and the hook's, then the positional arguments."""

    def __init__(self, name: str, seen: list[tuple[Any, ...]]) -> None:
        self._name = name
        self._seen = seen
        for hook in HOOKS:
            setattr(self, hook, partial(self._note, hook))

    def _note(self, hook: str, broker: dramatiq.Broker, *arguments: Any, **outcome: Any) -> None:
        self._seen.append((f"{self._name} {hook}", *arguments))


class Skipper(Middleware):
    """Skips messages with the option `skip`; if it is "failed", fails them first."""

    def before_process_message(self, broker: dramatiq.Broker, message: Any) -> None:
        if skip := message.options.get("skip"):
            if skip == "failed":
                message.fail()
            raise SkipMessage("its options say so")


class Side(Protocol):
    """A kind of broker; messages that a test leaves in a queue may still be there in the next test."""

    def broker(self) -> dramatiq.Broker:
        """Returns a new broker without a queue."""

    def dead_letters(self, broker: dramatiq.Broker, queue: str) -> list[Any]:
        """Returns the ids of all dead letters of `queue` so far."""


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
        rig.broker("work", "hand", "other")  # creates the topics

    def broker(self) -> dramatiq.Broker:
        return self.rig.broker()

    def dead_letters(self, broker: dramatiq.Broker, queue: str) -> list[Any]:
        return [Message.decode(record.value).message_id for record in self.rig.records(f"{queue}.XQ")]


class Running:
    """A broker with most of Dramatiq's middleware, whose queue is `work`."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.seen: list[tuple[Any, ...]] = []
        self.results = StubResults()
        self.broker = side.broker()
        self.broker.declare_queue("work")
        for middleware in (
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
            self.broker.add_middleware(middleware)

    def actor(self, function: Callable[..., Any], **options: Any) -> dramatiq.Actor[..., Any]:
        """Returns `function` as an actor with a unique name."""
        name = f"{function.__name__}-{len(self.broker.actors)}"
        return dramatiq.actor(broker=self.broker, queue_name="work", actor_name=name, **options)(function)

    def hooks(self, message: Message[Any]) -> list[str]:
        """Waits until `message` has ended; returns the hooks that were called for it, without those of enqueueing."""
        ended = {"outer after_ack", "outer after_nack"}
        hooks = eventually(lambda: (found := self._told(message)) and ended & set(found) and found)
        return [hook for hook in hooks if not hook.endswith("enqueue")]

    def _told(self, message: Message[Any]) -> list[str]:
        return [hook for hook, what, *_ in self.seen if getattr(what, "message_id", None) == message.message_id]

    def result(self, message: Message[Any]) -> Any:
        """Waits for the result of the actor of `message` and returns it."""
        return message.get_result(backend=self.results, block=True, timeout=60_000)

    def is_dead(self, message: Message[Any]) -> bool:
        """Waits until the queue is done; returns whether `message` is a dead letter."""
        self.broker.join("work", timeout=60_000)
        return message.message_id in self.side.dead_letters(self.broker, "work")


def message(number: int = 0, queue: str = "hand") -> Message[Any]:
    """Returns a message without an actor, for tests that consume it themselves."""
    return Message(queue, "none", (number,), {}, {})


def declare(
    broker: dramatiq.Broker, function: Callable[..., Any], name: str = "act", **options: Any
) -> dramatiq.Actor[..., Any]:
    """Returns `function` as an actor of the queue `hand`."""
    return dramatiq.actor(broker=broker, queue_name="hand", actor_name=name, **options)(function)


def next_of(consumer: dramatiq.Consumer) -> Any:
    """Waits for the next message and returns it."""
    return eventually(lambda: next(consumer))
