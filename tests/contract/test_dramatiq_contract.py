"""What Dramatiq and its middleware expect of any broker: held against Dramatiq's own StubBroker and against ours."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ActorNotFound, QueueJoinTimeout, QueueNotFound, Retry
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
    Shutdown,
    ShutdownNotifications,
    SkipMessage,
    TimeLimit,
)
from dramatiq.rate_limits.backends import StubBackend as StubLimits
from dramatiq.results import ResultFailure, Results
from dramatiq.results.backends import StubBackend as StubResults

from ops.embedded import Kafka
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
PROCESSED = [
    "outer before_process_message",
    "inner before_process_message",
    "inner after_process_message",
    "outer after_process_message",
]
SKIPPED = ["outer before_process_message", "inner after_skip_message", "outer after_skip_message"]
ACKED = ["outer before_ack", "inner before_ack", "inner after_ack", "outer after_ack"]
NACKED = ["outer before_nack", "inner before_nack", "inner after_nack", "outer after_nack"]


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


@pytest.fixture(scope="module", params=["stub", "kafka"])
def side(request: pytest.FixtureRequest, kafka: Kafka) -> Iterator[Side]:
    if request.param == "stub":
        yield StubSide()
        return
    rig = Rig(kafka.servers)
    yield KafkaSide(rig)
    rig.close()


@pytest.fixture
def broker(side: Side) -> Iterator[dramatiq.Broker]:
    """A broker with nobody at work on it, whose queue `hand` is empty; a test must leave it so."""
    broker = side.broker()
    broker.declare_queue("hand")
    yield broker
    broker.close()


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


# what is declared


def test_a_queue_is_declared_once_and_told_of_with_its_delays(side: Side) -> None:
    broker = side.broker()
    seen: list[tuple[Any, ...]] = []
    broker.add_middleware(Witness("a", seen))
    for _ in range(2):
        broker.declare_queue("hand")
    assert seen == [
        ("a before_declare_queue", "hand"),
        ("a after_declare_queue", "hand"),
        ("a after_declare_delay_queue", "hand.DQ"),
    ]
    assert "hand" in broker.get_declared_queues()
    assert broker.get_declared_delay_queues() == {"hand.DQ"}


def test_an_actor_is_declared_with_its_queue_and_told_of(side: Side) -> None:
    broker = side.broker()
    seen: list[tuple[Any, ...]] = []
    broker.add_middleware(Witness("a", seen))
    first = declare(broker, lambda: None)
    told = ["before_declare_actor", "before_declare_queue", "after_declare_queue", "after_declare_delay_queue"]
    assert [hook for hook, _ in seen] == [f"a {hook}" for hook in (*told, "after_declare_actor")]
    assert (seen[0][1], broker.get_actor("act")) == (first, first)
    assert broker.get_declared_actors() == {"act"}
    assert "hand" in broker.get_declared_queues()


def test_a_middleware_that_comes_later_is_told_of_what_is_declared(side: Side) -> None:
    broker = side.broker()
    seen: list[tuple[Any, ...]] = []
    act = declare(broker, lambda: None)
    broker.add_middleware(Witness("a", seen))
    assert ("a after_declare_actor", act) in seen
    assert ("a after_declare_queue", "hand") in seen
    assert ("a after_declare_delay_queue", "hand.DQ") in seen


def test_an_actor_has_only_options_that_a_middleware_knows(side: Side) -> None:
    broker = side.broker()
    with pytest.raises(ValueError, match="undefined: max_age"):
        declare(broker, lambda: None, max_age=1)
    broker.add_middleware(AgeLimit())
    assert declare(broker, lambda: None, max_age=1).options == {"max_age": 1}


def test_what_is_not_declared_is_an_error(side: Side) -> None:
    broker = side.broker()
    with pytest.raises(ActorNotFound):
        broker.get_actor("act")
    for use in (lambda: broker.enqueue(message()), lambda: broker.consume("hand"), lambda: broker.join("hand")):
        with pytest.raises(QueueNotFound):
            use()


# messages by hand


def test_sending_tells_the_middleware_and_gives_the_message_back(side: Side) -> None:
    broker = side.broker()
    seen: list[tuple[Any, ...]] = []
    broker.declare_queue("other")  # which nobody reads
    broker.add_middleware(Witness("a", seen))
    seen.clear()
    at_once = broker.enqueue(message(1, "other"))
    now_ms = int(time.time() * 1000)
    later = broker.enqueue(message(2, "other"), delay=1_000)
    assert (at_once.args, at_once.queue_name, at_once.options) == ((1,), "other", {})
    assert (later.args, later.queue_name) == ((2,), "other.DQ")
    assert 0 <= later.options["eta"] - now_ms - 1_000 < 10_000
    assert seen == [
        ("a before_enqueue", at_once, None),
        ("a after_enqueue", at_once, None),
        ("a before_enqueue", later, 1_000),
        ("a after_enqueue", later, 1_000),
    ]
    broker.flush_all()


def test_a_consumer_gives_a_message_or_after_its_timeout_none(broker: dramatiq.Broker) -> None:
    consumer = broker.consume(queue_name="hand", prefetch=2, timeout=200)
    assert iter(consumer) is consumer
    begun = time.monotonic()
    assert next(consumer) is None
    assert time.monotonic() - begun > 0.15
    sent = broker.enqueue(message())
    taken = next_of(consumer)
    assert (taken.asdict(), taken.failed) == (sent.asdict(), False)
    consumer.ack(taken)
    consumer.close()


def test_messages_are_acknowledged_and_rejected_in_any_order_and_joining_waits_for_all(
    side: Side, broker: dramatiq.Broker
) -> None:
    sent = [broker.enqueue(message(number)) for number in range(4)]
    consumer = broker.consume(queue_name="hand", prefetch=4, timeout=100)
    taken = [next_of(consumer) for _ in sent]
    consumer.ack(taken[3])
    consumer.nack(taken[1])
    consumer.ack(taken[2])
    with pytest.raises(QueueJoinTimeout):
        broker.join("hand", timeout=200)
    consumer.ack(taken[0])
    broker.join("hand", timeout=15_000)
    consumer.close()
    assert side.dead_letters(broker, "hand") == [sent[1].message_id]


def test_flushing_drops_the_messages_of_a_queue_and_delayed_ones_too(broker: dramatiq.Broker) -> None:
    broker.declare_queue("other")
    for queue in ("hand", "other"):
        broker.enqueue(message(queue=queue))
        broker.enqueue(message(queue=queue), delay=1_000)
    broker.flush("hand")
    broker.flush("hand.DQ")
    broker.join("hand", timeout=5_000)
    with pytest.raises(QueueJoinTimeout):
        broker.join("other", timeout=100)
    broker.flush_all()
    broker.join("other", timeout=5_000)


def test_closing_twice_is_fine(broker: dramatiq.Broker) -> None:
    broker.enqueue(message())
    broker.flush_all()
    broker.close()
    broker.close()


# actors at work


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


@pytest.fixture(scope="module")
def running(side: Side) -> Iterator[Running]:
    running = Running(side)
    with Rig.working(running.broker, delays=True):
        yield running
    running.broker.close()


def add(one: int, other: int) -> int:
    return one + other


def refuse(*args: Any) -> None:
    raise LookupError("refused")


def test_an_actor_gets_what_was_sent(running: Running) -> None:
    seen = []

    def note(*args: Any, **kwargs: Any) -> None:
        seen.append((args, kwargs))

    sent = running.actor(note).send("ä", 1, [None], b={"c": 0.5})
    assert running.hooks(sent) == PROCESSED + ACKED
    assert seen == [(("ä", 1, [None]), {"b": {"c": 0.5}})]


def test_an_actor_can_see_its_message_with_the_options_it_was_sent_with(running: Running) -> None:
    def look() -> Any:
        current = CurrentMessage.get_current_message()
        assert current is not None
        return current.asdict()

    options: dict[str, Any] = {"priority": 7, "key": "k", "of-its-own": ["x"]}
    actor = running.actor(look, store_results=True)
    sent = running.broker.enqueue(actor.message_with_options(**options))
    assert running.result(sent) == sent.asdict() | {"args": [], "options": options}


def test_a_delayed_message_comes_not_before_its_time_and_holds_nothing_up(running: Running) -> None:
    came: dict[str, tuple[float, dict[str, Any]]] = {}

    def note(name: str) -> None:
        current = CurrentMessage.get_current_message()
        assert current is not None
        came[name] = (time.time(), current.options)

    actor = running.actor(note)
    sent = time.time()
    for name in ("later", "later too"):
        actor.send_with_options(args=(name,), delay=900)
    actor.send("now")
    running.broker.join("work", timeout=15_000)
    assert list(came) == ["now", "later", "later too"]
    assert came["now"][0] - sent < 0.9
    assert 0.9 <= came["later"][0] - sent < 5
    assert came["later"][1] == {}


def test_a_message_that_was_delayed_can_be_sent_once_more(running: Running) -> None:
    seen: list[int] = []
    delayed = running.actor(seen.append).send_with_options(args=(1,), delay=500)
    running.broker.enqueue(delayed)
    running.broker.join("work", timeout=15_000)
    assert seen == [1, 1]


def test_an_exception_may_ask_for_a_retry_at_its_own_time(running: Running) -> None:
    runs: list[float] = []

    def wait() -> None:
        runs.append(time.time())
        if len(runs) == 1:
            raise Retry("not yet", delay=1_000)

    running.actor(wait).send()
    running.broker.join("work", timeout=15_000)
    assert len(runs) == 2
    assert runs[1] - runs[0] >= 1


def test_an_expected_exception_is_a_dead_letter_at_once(running: Running) -> None:
    sent = running.actor(refuse, throws=LookupError).send()
    assert running.hooks(sent) == PROCESSED + NACKED
    assert running.is_dead(sent)


def test_a_skipped_message_is_acknowledged_and_a_failed_one_is_a_dead_letter(running: Running) -> None:
    actor = running.actor(refuse)
    skipped, failed = (actor.send_with_options(skip=how) for how in ("only", "failed"))
    assert running.hooks(skipped) == [SKIPPED[0], "inner after_skip_message", "outer after_skip_message", *ACKED]
    assert running.hooks(failed) == [*SKIPPED, *NACKED]
    assert running.is_dead(failed)
    assert not running.is_dead(skipped)


def test_a_message_that_is_too_old_is_a_dead_letter(running: Running) -> None:
    actor = running.actor(add, max_age=60_000, store_results=True)
    young = actor.send(1, 2)
    old = actor.message(1, 2).copy(message_timestamp=young.message_timestamp - 60_000)
    running.broker.enqueue(old)
    assert running.result(young) == 3
    assert running.is_dead(old)


def test_results_and_failures_are_stored(running: Running) -> None:
    assert running.result(running.actor(add, store_results=True).send(1, 2)) == 3
    with pytest.raises(ResultFailure, match="refused"):
        running.result(running.actor(refuse, store_results=True, throws=LookupError).send())
    nothing = running.actor(add, store_results=True).send_with_options(args=(1, 2), skip="only")
    assert running.result(nothing) is None


def test_success_and_failure_are_called_back(running: Running) -> None:
    called: list[tuple[str, str, Any]] = []

    def succeed(message: dict[str, Any], result: Any) -> None:
        called.append(("success", message["message_id"], result))

    def fail(message: dict[str, Any], error: dict[str, str]) -> None:
        called.append(("failure", message["message_id"], error))

    callbacks = {"on_success": running.actor(succeed).actor_name, "on_failure": running.actor(fail).actor_name}
    good = running.actor(add, **callbacks).send(1, 2)
    bad = running.actor(refuse, throws=LookupError, **callbacks).send()
    running.broker.join("work", timeout=15_000)
    error = {"type": "LookupError", "message": "refused"}
    assert sorted(called) == [("failure", bad.message_id, error), ("success", good.message_id, 3)]


def test_a_pipeline_hands_each_result_on(running: Running) -> None:
    actor = running.actor(add, store_results=True)
    last = actor.message_with_options(args=(7, 8), pipe_ignore=True)
    chain = dramatiq.pipeline([actor.message(1, 2), actor.message(10), last], broker=running.broker)
    chain.run(delay=100)  # type: ignore[no-untyped-call]
    assert list(chain.get_results(block=True, timeout=15_000)) == [3, 13, 15]  # type: ignore[no-untyped-call]


def test_a_group_tells_when_all_its_members_are_done(running: Running) -> None:
    done = threading.Event()
    actor = running.actor(add, store_results=True)
    group = dramatiq.group([actor.message(number, 0) for number in range(5)], broker=running.broker)  # type: ignore[no-untyped-call]
    group.add_completion_callback(running.actor(done.set).message())  # type: ignore[no-untyped-call]
    ran = group.run()  # type: ignore[no-untyped-call]
    assert list(ran.get_results(block=True, timeout=15_000)) == list(range(5))
    assert done.wait(15)


def test_an_async_actor_works_and_what_it_sends_arrives(running: Running) -> None:
    done: list[int] = []
    after = running.actor(done.append)

    async def before(number: int) -> int:
        await asyncio.sleep(0.01)
        after.send(number)
        return -number

    actor = running.actor(before, store_results=True)
    sent = [actor.send(number) for number in range(20)]
    assert [running.result(one) for one in sent] == [-number for number in range(20)]
    running.broker.join("work", timeout=15_000)
    assert sorted(done) == list(range(20))


# workers that start and stop


def test_what_matters_more_is_worked_on_first(broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dramatiq.worker.QUEUE_PREFETCH", 10)
    go_on = threading.Event()
    order: list[int] = []
    block = declare(broker, lambda: go_on.wait(30), "block")
    little, much = (
        declare(broker, order.append, name, priority=priority) for name, priority in (("little", 9), ("much", 0))
    )
    with Rig.working(broker, threads=1) as worker:
        for sent in (block.message(), little.message(1), little.message(2), much.message(3)):
            broker.enqueue(sent)
        eventually(lambda: worker.work_queue.qsize() == 3)
        go_on.set()
        broker.join("hand", timeout=15_000)
    assert order == [3, 1, 2]


def test_a_paused_worker_works_on_nothing_until_it_is_resumed(
    broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.1)
    seen: list[int] = []
    note = declare(broker, seen.append)
    with Rig.working(broker) as worker:
        note.send(1)
        broker.join("hand", timeout=15_000)
        worker.pause()
        note.send(2)
        time.sleep(0.5)
        assert seen == [1]
        worker.resume()
        broker.join("hand", timeout=15_000)
    assert seen == [1, 2]


def test_an_actor_that_wants_to_know_is_told_of_the_shutdown(side: Side, broker: dramatiq.Broker) -> None:
    begun = threading.Event()
    told: list[bool] = []

    def dawdle() -> None:
        begun.set()
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                time.sleep(0.01)
        except Shutdown:
            told.append(True)
            raise

    actor = declare(broker, dawdle, notify_shutdown=True, throws=Shutdown)
    with Rig.working(broker):
        sent = actor.send()
        assert begun.wait(15)
    assert told == [True]
    assert sent.message_id in side.dead_letters(broker, "hand")
