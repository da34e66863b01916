"""Limits on free disk space and on the memory for incoming mail."""

import asyncio
from pathlib import Path

import pytest

from schemas.settings import Settings
from schemas.tables import new_id
from storage.blobs.store import Blobs
from storage.resources import Resources
from tests.builders.world import World
from tests.servers.small_disk import small_disk
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.disk_space import DiskSpace, NoRoomError
from workers.fetch.push.memory_budget import BusyError, MemoryBudget, Patience


def test_intake_stops_below_the_reserve_and_goes_on_only_well_above_it(settings: Settings, tmp_path: Path) -> None:
    with small_disk(tmp_path) as (folder, fill):
        limited = settings.replace(blob_url=str(folder), disk_reserve=2_000_000, disk_check_seconds=0.0)
        room = DiskSpace(limited)
        stopped = []
        for filled in (0, 1_800_000, 2_200_000, 1_800_000, 1_000_000):
            fill(filled)
            stopped.append(room.stopped)
    assert stopped == [False, False, True, True, False]


def test_a_blob_store_elsewhere_always_has_room(settings: Settings) -> None:
    room = DiskSpace(settings.replace(blob_url="s3://bucket", disk_reserve=2**60))
    room.check()
    assert room.free is None


def test_custody_takes_nothing_from_any_source_when_the_disk_is_nearly_full(resources: Resources, world: World) -> None:
    full = Resources(resources.settings.replace(disk_reserve=2**60), resources.database, resources.blobs)
    with pytest.raises(NoRoomError, match="bytes are free"):
        CustodyService(full).take(new_id(), [Arrival(b"A: b", f"x@{world.mail_domain}", "", "1")])


def test_a_disk_that_is_quite_full_leaves_no_half_mail(resources: Resources, world: World, tmp_path: Path) -> None:
    with small_disk(tmp_path) as (folder, fill):
        fill(3_900_000)
        full = Resources(
            resources.settings.replace(blob_url=str(folder), disk_reserve=0),
            resources.database,
            Blobs(str(folder)),
        )
        with pytest.raises(OSError, match="No space left"):
            CustodyService(full).take(new_id(), [Arrival(b"A: b" * 100_000, f"x@{world.mail_domain}", "", "1")])
        assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_budget_serves_in_turn_and_sends_away_who_waits_too_long() -> None:
    async def play() -> list[str]:
        budget, results, sent_away = MemoryBudget(10, Patience(busy=1.0)), list[str](), asyncio.Event()

        async def mail(name: str, size: int, *, after: float = 0.0) -> None:
            await asyncio.sleep(after)
            try:
                async with budget.hold(size):
                    results.append(name)
                    await sent_away.wait()
            except BusyError:
                results.append(f"{name} is sent away")
                sent_away.set()

        # the first mail stays until the large mail was sent away; the others come later and so may wait longer
        await asyncio.gather(
            mail("first", 8), mail("large", 99), mail("second", 5, after=0.5), mail("third", 2, after=0.6)
        )
        assert budget.used == 0
        return results

    # "second" waits behind "large", and "third" behind "second"
    assert asyncio.run(play()) == ["first", "large is sent away", "second", "third"]


def test_a_budget_is_whole_again_after_a_waiter_was_cancelled() -> None:
    async def play() -> int:
        budget = MemoryBudget(10)

        async def hold() -> None:
            async with budget.hold(10):
                await asyncio.sleep(9)

        tasks = [asyncio.create_task(hold()) for _ in range(3)]
        await asyncio.sleep(0.01)
        for task in (tasks[1], tasks[0], tasks[2]):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return budget.used

    assert asyncio.run(play()) == 0
