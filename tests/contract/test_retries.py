"""Retries and dead letters."""

import json
import time
from datetime import datetime
from itertools import pairwise
from typing import Any

import dramatiq
import pytest
from dramatiq.message import Message

from tests.contract.rig import Rig, eventually
from workers.broker import NotYetError, dead_letters, retries


def letter_of(rig: Rig) -> tuple[bytes, dict[str, str]]:
    """Waits until the queue `work` is committed; returns value and headers of its only dead letter."""
    eventually(lambda: rig.count("work.XQ") and rig.all_committed("work"))
    [letter] = rig.records("work.XQ")
    return letter.value, {name: value.decode() for name, value in letter.headers}


def test_a_message_is_retried_at_its_delays_and_then_a_dead_letter(rig: Rig) -> None:
    broker = rig.broker("work")
    runs: list[float] = []

    @dramatiq.actor(broker=broker, queue_name="work", retry_delays=(1_000, 1_000))
    def fail(address: str) -> None:
        runs.append(time.time())
        raise LookupError(f"no {address}\nhere")

    with rig.working(broker, delays=True):
        sent = fail.send_with_options(args=("äöü@example",), key="k")
        value, headers = letter_of(rig)
    history = json.loads(headers.pop("dead-letter.history"))
    assert [later - earlier >= 1 for earlier, later in pairwise(runs)] == [True, True]
    [source] = [record for record in rig.records("work") if record.offset == int(headers["dead-letter.offset"])]
    assert value == source.value
    assert source.key == b"k"
    assert headers == {
        "dead-letter.topic": f"{rig.prefix}work",
        "dead-letter.partition": "0",
        "dead-letter.offset": "2",
        "dead-letter.actor": "fail",
        "dead-letter.error": "LookupError",
        "dead-letter.error-text": "no äöü@example\nhere",
        "dead-letter.attempts": "3",
    }
    last = Message.decode(value)
    assert last.message_id == sent.message_id
    assert last.options == {"key": "k", "retries": 2, "history": history}
    for line, (began, next_began) in zip(history, pairwise(runs), strict=True):  # the headers describe the last attempt
        moment, problem = line.split(" ", 1)
        assert began - 1 <= datetime.fromisoformat(moment).timestamp() <= next_began
        assert problem == "LookupError: no äöü@example here"
    assert len(history) == 2


def test_a_message_that_waits_for_a_newer_process_is_delayed_and_uses_up_no_retry(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "NOT_YET_MS", 1_000)
    broker = rig.broker("work")
    runs: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work", retry_delays=())
    def work(number: int) -> None:
        runs.append(number)
        if len(runs) < 3:
            raise NotYetError("a record of version 2")

    with rig.working(broker, delays=True):
        work.send(7)
        eventually(lambda: len(runs) == 3 and rig.all_committed("work"))
    assert runs == [7, 7, 7]
    assert rig.count("work.XQ") == 0
    assert Message.decode(rig.records("work")[-1].value).options["not_yet"] == 2


def test_a_time_limit_is_retried_like_any_exception(rig: Rig) -> None:
    broker = rig.broker("work")

    @dramatiq.actor(broker=broker, queue_name="work", time_limit=100, retry_delays=())
    def dawdle() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            time.sleep(0.01)

    broker.emit_after("process_boot")  # starts the clock of TimeLimit, as the command line does
    with rig.working(broker):
        dawdle.send()
        assert letter_of(rig)[1]["dead-letter.error"] == "TimeLimitExceeded"


def test_a_message_whose_dead_letter_is_not_in_kafka_is_not_settled(rig: Rig) -> None:
    broker = rig.broker("work", linger_ms=20)
    rig.refuse("work.XQ")
    runs: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work", retry_delays=())
    def fail() -> None:
        runs.append(1)
        raise ValueError

    with rig.working(broker):
        fail.send()
        eventually(lambda: len(runs) == 3)
        assert rig.committed("work").get(0, 0) == 0
        rig.refuse("work.XQ", refused=False)
        assert letter_of(rig)[1]["dead-letter.error"] == "ValueError"


@pytest.mark.parametrize("value", [b"x" * 2_000, Message("work", "nobody", ("x" * 2_000,), {}, {}).encode()])
def test_a_record_that_is_too_large_to_be_a_dead_letter_is_one_cut_short(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, value: bytes
) -> None:
    monkeypatch.setattr(dead_letters, "CUT_BYTES", 100)
    broker = rig.broker("work")
    rig.configure("work.XQ", {"max.message.bytes": "1500"})
    rig.put("work", value)
    with rig.working(broker):
        cut, headers = letter_of(rig)
    assert cut == value[:100]
    assert headers["dead-letter.cut"] == str(len(value))
    assert headers["dead-letter.offset"] == "0"


GARBAGE = [
    b"\xff\x00 no message",
    b"",
    b"{}",
    b"[1, 2]",
    Message("other", "none", (), {}, {}).encode(),
    Message("work", "none", (), {}, ["no options"]).encode(),  # type: ignore[arg-type]
    Message("work", 5, (), {}, {}).encode(),  # type: ignore[arg-type]
    Message("work", "none", (), {}, {"retries": "many"}).encode(),
    Message("work", "none", (), {}, {"history": 1}).encode(),
]


def test_garbage_records_are_dead_letters_and_the_next_goes_on(rig: Rig) -> None:
    broker = rig.broker("work")
    seen: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def work() -> None:
        seen.append(1)

    for garbage in GARBAGE:
        rig.put("work", garbage)
    work.send()
    with rig.working(broker):
        eventually(lambda: seen and rig.all_committed("work"))
    letters = rig.records("work.XQ")
    assert [letter.value for letter in letters] == GARBAGE
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["dead-letter.error"] == b"DecodeError"
        assert (headers["dead-letter.actor"], headers["dead-letter.attempts"]) == (b"", b"0")


def test_a_message_for_an_unknown_actor_is_a_dead_letter(rig: Rig) -> None:
    broker = rig.broker("work")
    message: Message[Any] = Message("work", "nobody", (), {}, {})
    broker.enqueue(message)
    with rig.working(broker):
        value, headers = letter_of(rig)
    assert value == message.encode()
    assert headers["dead-letter.error"] == "ActorNotFound"
    assert headers["dead-letter.actor"] == "nobody"
