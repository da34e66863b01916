"""Custody in groups: each sender gets the result of its own mail."""

import asyncio
import smtplib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from schemas.settings import Settings
from schemas.tables import SourceKind
from storage.blobs.folder import Folder
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.world import World
from tests.contract.rig import eventually
from tests.servers.lmtp import serving
from workers.fetch.custody import Arrival
from workers.fetch.push import group_commit
from workers.fetch.push.group_commit import GroupCommit, PushSource


def taken(resources: Resources, arrivals: list[list[Arrival]], notes: list[Callable[[Connection], None]]) -> list[bool]:
    """Hands in all groups at once; returns for each whether it was taken."""

    async def play() -> list[bool]:
        commit = GroupCommit(resources, PushSource(SourceKind.LMTP, "lmtp"))
        waiting = [asyncio.create_task(commit.take(*group)) for group in zip(arrivals, notes, strict=True)]
        await asyncio.sleep(0)
        worker = asyncio.create_task(commit.run())
        results = await asyncio.gather(*waiting, return_exceptions=True)
        worker.cancel()
        await commit.close()
        return [result is None for result in results]

    return asyncio.run(play())


def mails(world: World, count: int) -> list[list[Arrival]]:
    return [[Arrival(uuid4().hex.encode(), f"case-{number}@{world.mail_domain}", "", "1")] for number in range(count)]


def entered(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        return list(
            connection.execute(
                text("select recipient from mails where duplicate_of is null order by recipient")
            ).scalars()
        )


def fine(_: Connection) -> None:
    """Notes nothing."""


def broken(_: Connection) -> None:
    """Raises an error that concerns this mail alone."""
    raise ValueError("this one can never be stored")


def test_a_mail_that_can_never_be_taken_keeps_out_none_that_came_with_it(resources: Resources, world: World) -> None:
    assert taken(resources, mails(world, 4), [fine, broken, fine, fine]) == [True, False, True, True]
    assert entered(resources, world) == [f"case-{number}@{world.mail_domain}" for number in (0, 2, 3)]


def test_what_passes_by_itself_is_reported_to_all_at_once(resources: Resources, world: World) -> None:
    nowhere = Resources(resources.settings, Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), resources.blobs)
    assert taken(nowhere, mails(world, 4), [fine] * 4) == [False] * 4


def test_whoever_goes_away_stops_nobody(resources: Resources, world: World) -> None:
    async def play() -> None:
        commit = GroupCommit(resources, PushSource(SourceKind.LMTP, "lmtp"))
        (first,), (second,) = mails(world, 2)
        gone = asyncio.create_task(commit.take([first]))
        stays = asyncio.create_task(commit.take([second]))
        await asyncio.sleep(0)
        gone.cancel()
        worker = asyncio.create_task(commit.run())
        await stays
        worker.cancel()
        await commit.close()

    asyncio.run(play())
    assert f"case-1@{world.mail_domain}" in entered(resources, world)


class HangingStore(Folder):
    """A blob store on a disk that does not answer until it is `well`, for blobs of at least `hangs_from` bytes."""

    def __init__(self, folder: Path, hangs_from: int = 0) -> None:
        super().__init__(folder)
        self.well, self.hangs = Event(), Event()
        self._hangs_from = hangs_from

    def put_all(self, blobs: Mapping[str, bytes], envelopes: Mapping[str, Sequence[bytes]]) -> Mapping[str, str]:
        if any(len(blob) >= self._hangs_from for blob in blobs.values()):
            self.hangs.set()
            self.well.wait()
        return super().put_all(blobs, envelopes)


@pytest.fixture
def hanging(resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingStore]:
    monkeypatch.setattr(group_commit, "CUSTODY_SECONDS", 0.5)
    store = HangingStore(tmp_path / "hanging")
    yield store
    store.well.set()


def is_taken(settings: Settings, recipient: str, size: int = 1) -> bool:
    """Sends a mail of `size` bytes of text by LMTP; returns whether it is taken. If not, the sender is to try again."""
    with smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
        client.ehlo()
        client.mail("a@x.example")
        assert client.rcpt(recipient)[0] == 250
        code = client.data(b"Subject: x\r\n\r\n" + b"x" * size)[0]
        assert code in {250, 451}
        return code == 250


def test_a_disk_that_hangs_has_senders_try_again_and_each_mail_enters_once(
    resources: Resources, world: World, hanging: HangingStore
) -> None:
    recipients = [f"case-{number}@{world.mail_domain}" for number in range(3)]
    stuck = Resources(resources.settings, resources.database, Blobs(hanging))
    with serving(stuck) as settings:
        assert not any(is_taken(settings, recipient) for recipient in recipients)
        hanging.well.set()
        for recipient in recipients:
            eventually(partial(is_taken, settings, recipient))
    assert entered(resources, world) == recipients


def test_an_ordinary_mail_does_not_wait_until_a_large_one_is_on_the_disk(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    slow = HangingStore(tmp_path / "slow", hangs_from=100_000)
    with (
        serving(Resources(resources.settings, resources.database, Blobs(slow))) as settings,
        ThreadPoolExecutor(1) as pool,
    ):
        large = pool.submit(is_taken, settings, f"large@{world.mail_domain}", size=200_000)
        try:
            assert slow.hangs.wait(60)
            assert is_taken(settings, f"small@{world.mail_domain}")
            assert not large.done()
        finally:
            slow.well.set()
        assert large.result(60)
    assert entered(resources, world) == [f"large@{world.mail_domain}", f"small@{world.mail_domain}"]
