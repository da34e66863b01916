"""The sandbox's slots are shared fairly: no key keeps another key out."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from cases.sandbox.errors import NoSlotError
from cases.sandbox.fair_semaphore import FairSemaphore


def test_a_slot_stays_free_for_another_key_however_much_one_key_wants() -> None:
    semaphore, done = FairSemaphore(slots=3, most=8, share=2), Event()

    def hold() -> None:
        with semaphore.slot("noisy", 30):
            done.wait(30)

    with ThreadPoolExecutor(4) as threads:
        held = [threads.submit(hold) for _ in range(4)]
        with semaphore.slot("quiet", 30):
            pass
        done.set()
        for waiter in held:
            waiter.result()


def test_one_key_holds_no_more_than_its_share() -> None:
    semaphore = FairSemaphore(slots=3, most=8, share=2)
    with ExitStack() as stack:
        stack.enter_context(semaphore.slot("noisy", 30))
        stack.enter_context(semaphore.slot("noisy", 30))
        with pytest.raises(NoSlotError):
            stack.enter_context(semaphore.slot("noisy", 0.05))
    with semaphore.slot("noisy", 30):  # the slots are free again
        pass
