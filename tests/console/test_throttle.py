"""The brake on guessing passwords."""

from console.throttle import MOST_KEYS, TRIES, WINDOW, Throttle

KEY = ("desk", "a@people.example")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_tries_are_let_through_again_when_the_window_has_passed() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert [throttle.wait(KEY) for _ in range(TRIES)] == [0.0] * TRIES
    clock.now = 60.0
    assert throttle.wait(KEY) == WINDOW - 60.0
    clock.now = WINDOW
    assert throttle.wait(KEY) == 0.0


def test_the_right_password_forgets_the_tries_before_it() -> None:
    throttle = Throttle(Clock())
    for _ in range(TRIES):
        throttle.wait(KEY)
    throttle.forget(KEY)
    assert throttle.wait(KEY) == 0.0


def test_tries_for_one_person_do_not_hinder_another() -> None:
    throttle = Throttle(Clock())
    for _ in range(TRIES + 1):
        throttle.wait(KEY)
    assert throttle.wait(("other desk", KEY[1])) == 0.0


def test_memory_stays_bounded_however_many_names_are_tried() -> None:
    throttle = Throttle(Clock())
    for _ in range(TRIES):
        throttle.wait(KEY)
    for number in range(MOST_KEYS):
        throttle.wait(("desk", str(number)))
    assert throttle.wait(KEY) == 0.0, "the key that was longest not tried is forgotten first"
