"""Actors at work: results, retries, delays, callbacks, pipelines and groups."""

import asyncio
import threading
import time
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import Retry
from dramatiq.middleware import (
    CurrentMessage,
)
from dramatiq.results import ResultFailure

from tests.contract.dramatiq_broker.sides import Running

PROCESSED = [
    "outer before_process_message",
    "inner before_process_message",
    "inner after_process_message",
    "outer after_process_message",
]
SKIPPED = ["outer before_process_message", "inner after_skip_message", "outer after_skip_message"]
ACKED = ["outer before_ack", "inner before_ack", "inner after_ack", "outer after_ack"]
NACKED = ["outer before_nack", "inner before_nack", "inner after_nack", "outer after_nack"]


def add(number: int, other: int) -> int:
    return number + other


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
    running.broker.join("work", timeout=60_000)
    assert list(came) == ["now", "later", "later too"]
    assert came["later"][0] - sent >= 0.9
    assert came["later"][1] == {}


def test_a_message_that_was_delayed_can_be_sent_once_more(running: Running) -> None:
    seen: list[int] = []
    delayed = running.actor(seen.append).send_with_options(args=(1,), delay=500)
    running.broker.enqueue(delayed)
    running.broker.join("work", timeout=60_000)
    assert seen == [1, 1]


def test_an_exception_may_ask_for_a_retry_at_its_own_time(running: Running) -> None:
    runs: list[float] = []

    def wait() -> None:
        runs.append(time.time())
        if len(runs) == 1:
            raise Retry("not yet", delay=1_000)

    running.actor(wait).send()
    running.broker.join("work", timeout=60_000)
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
    running.broker.join("work", timeout=60_000)
    error = {"type": "LookupError", "message": "refused"}
    assert sorted(called) == [("failure", bad.message_id, error), ("success", good.message_id, 3)]


def test_a_pipeline_hands_each_result_on(running: Running) -> None:
    actor = running.actor(add, store_results=True)
    last = actor.message_with_options(args=(7, 8), pipe_ignore=True)
    chain = dramatiq.pipeline([actor.message(1, 2), actor.message(10), last], broker=running.broker)
    chain.run(delay=100)  # type: ignore[no-untyped-call]
    assert list(chain.get_results(block=True, timeout=60_000)) == [3, 13, 15]  # type: ignore[no-untyped-call]


def test_a_group_calls_back_when_all_its_members_are_done(running: Running) -> None:
    done = threading.Event()
    actor = running.actor(add, store_results=True)
    group = dramatiq.group([actor.message(number, 0) for number in range(5)], broker=running.broker)  # type: ignore[no-untyped-call]
    group.add_completion_callback(running.actor(done.set).message())  # type: ignore[no-untyped-call]
    ran = group.run()  # type: ignore[no-untyped-call]
    assert list(ran.get_results(block=True, timeout=60_000)) == list(range(5))
    assert done.wait(60)


def test_an_async_actor_works_and_what_it_sends_arrives(running: Running) -> None:
    done: list[int] = []
    after = running.actor(done.append)

    async def before(number: int) -> int:
        await asyncio.sleep(0.01)
        after.send(number)
        return -number

    actor = running.actor(before, store_results=True)
    sent = [actor.send(number) for number in range(20)]
    assert [running.result(message) for message in sent] == [-number for number in range(20)]
    running.broker.join("work", timeout=60_000)
    assert sorted(done) == list(range(20))
