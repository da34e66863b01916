"""Queues, actors and middleware are declared as Dramatiq expects."""

from typing import Any

import pytest
from dramatiq.errors import ActorNotFound, QueueNotFound
from dramatiq.middleware import (
    AgeLimit,
)

from tests.contract.dramatiq_broker.sides import Side, Witness, declare, message


def test_a_queue_is_declared_once_and_announced_with_its_delays(side: Side) -> None:
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


def test_an_actor_is_declared_with_its_queue_and_announced(side: Side) -> None:
    broker = side.broker()
    seen: list[tuple[Any, ...]] = []
    broker.add_middleware(Witness("a", seen))
    first = declare(broker, lambda: None)
    hooks = ["before_declare_actor", "before_declare_queue", "after_declare_queue", "after_declare_delay_queue"]
    assert [hook for hook, _ in seen] == [f"a {hook}" for hook in (*hooks, "after_declare_actor")]
    assert (seen[0][1], broker.get_actor("act")) == (first, first)
    assert broker.get_declared_actors() == {"act"}
    assert "hand" in broker.get_declared_queues()


def test_a_middleware_that_comes_later_is_notified_of_what_is_declared(side: Side) -> None:
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
