"""The circuit breaker opens when dead letters reach a count and a ratio, and closes when a message succeeds."""

import pytest

from workers.broker.circuit_breaker import CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(count=4, ratio=0.5, seconds=10, clock=clock)


def opened(breaker: CircuitBreaker) -> CircuitBreaker:
    assert [breaker.ended(dead=True) for _ in range(4)] == [False, False, False, True]
    return breaker


def test_it_opens_at_the_count_of_dead_letters(breaker: CircuitBreaker) -> None:
    assert not opened(breaker).may_take()
    assert breaker.is_open


def test_dead_letters_among_more_that_are_worked_off_do_not_open_it(breaker: CircuitBreaker) -> None:
    for number in range(300):
        assert not breaker.ended(dead=number % 3 == 0)
    assert breaker.may_take()


def test_after_its_time_one_message_is_tried_and_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    opened(breaker)
    clock.now = 10
    assert [breaker.may_take(), breaker.may_take()] == [True, False]
    breaker.ended(dead=False)
    assert [breaker.may_take(), breaker.may_take()] == [True, True]
    assert not breaker.is_open


def test_the_message_that_fails_again_opens_it_again(breaker: CircuitBreaker, clock: Clock) -> None:
    opened(breaker)
    clock.now = 10
    assert breaker.may_take()
    assert breaker.ended(dead=True)
    clock.now = 19
    assert not breaker.may_take()


def test_messages_taken_before_it_opened_decide_nothing(breaker: CircuitBreaker) -> None:
    opened(breaker)
    assert not breaker.ended(dead=False)
    assert breaker.is_open


def test_an_outcome_that_never_comes_does_not_keep_it_open(breaker: CircuitBreaker, clock: Clock) -> None:
    opened(breaker)
    clock.now = 10
    assert breaker.may_take()
    clock.now = 20
    assert breaker.may_take()
