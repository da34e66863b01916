"""Who works next in the sandbox: no key keeps out another."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from cases.sandbox.turns import Crowded, Turns


def test_a_place_stays_free_for_another_key_however_much_one_key_wants() -> None:
    turns, done = Turns(places=3, most=8, share=2), Event()

    def hold() -> None:
        with turns.turn("noisy", 30):
            done.wait(30)

    with ThreadPoolExecutor(4) as threads:
        held = [threads.submit(hold) for _ in range(4)]
        with turns.turn("quiet", 30):
            pass
        done.set()
        for one in held:
            one.result()


def test_one_key_holds_no_more_than_its_share() -> None:
    turns = Turns(places=3, most=8, share=2)
    with ExitStack() as stack:
        stack.enter_context(turns.turn("noisy", 30))
        stack.enter_context(turns.turn("noisy", 30))
        with pytest.raises(Crowded):
            stack.enter_context(turns.turn("noisy", 0.05))
    with turns.turn("noisy", 30):  # what was held is free again
        pass
