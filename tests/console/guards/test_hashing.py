"""Hashes of passwords leave a processor to all else, and strangers leave places to people who are known."""

import asyncio
import os
import threading
from collections.abc import Callable

import pytest

from console.account.passwords import hash_password, verify
from console.guards.hashing import Hashing, sizes_for


@pytest.mark.parametrize("processors", range(2, 65))
def test_a_processor_stays_free_where_there_are_several(processors: int) -> None:
    sizes = sizes_for(processors)
    assert sizes.together == processors - 1
    assert 1 <= sizes.strangers <= sizes.known <= sizes.together
    assert sizes.strangers < sizes.together or sizes.together == 1


def test_on_a_single_processor_hashes_are_made_in_turn() -> None:
    assert sizes_for(1) == (1, 1, 1)


def ask(question: Callable[[], object], *, known: bool) -> object:
    """Returns the answer of a thread that makes hashes."""

    async def run() -> object:
        hashing = Hashing()
        try:
            return await hashing.run("somebody", known, question)
        finally:
            await asyncio.to_thread(hashing.close)

    return asyncio.run(run())


@pytest.mark.parametrize("known", [True, False])
def test_the_threads_of_hashes_and_their_children_keep_off_a_processor(known: bool) -> None:
    def child() -> set[int]:
        found: list[set[int]] = []
        thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))
        thread.start()
        thread.join()
        return found[0]

    usable = os.sched_getaffinity(0)
    for processors in (ask(lambda: os.sched_getaffinity(0), known=known), ask(child, known=known)):
        assert isinstance(processors, set)
        assert len(processors) == sizes_for(len(usable)).together
        assert processors <= usable
    assert os.sched_getaffinity(0) == usable, "other threads keep all processors"


def test_a_hash_that_is_made_there_is_right() -> None:
    assert verify(str(ask(lambda: hash_password("a long password"), known=True)), "a long password")
