"""Requests are served in order, and a request that would wait behind too many others is refused at once."""

import asyncio

from console.guards.turns import BusyError, Share, Turns


def test_turns_are_taken_in_order_and_one_request_too_many_is_refused_at_once() -> None:
    async def play() -> list[str]:
        turns, said, go = Turns(), list[str](), asyncio.Event()
        mine, all_of_us = Share("me", 1, 1), Share("all", 2, 1)

        async def request(name: str, *shares: Share) -> None:
            try:
                async with turns.of(shares):
                    said.append(f"{name} begins")
                    await go.wait()
            except BusyError:
                said.append(f"{name} is refused")

        tasks = []
        for name, shares in (
            ("first", (mine, all_of_us)),
            ("second", (mine, all_of_us)),
            ("third", (mine, all_of_us)),
            ("another", (Share("another", 1, 1), all_of_us)),
        ):
            tasks.append(asyncio.create_task(request(name, *shares)))
            await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
        async with turns.of((mine, all_of_us)):
            said.append("all is free again")
        return said

    assert asyncio.run(play()) == [
        "first begins",
        "third is refused",
        "another begins",
        "second begins",
        "all is free again",
    ]
