"""Kafka's disk is full: messages that it acknowledged are worked on once there is room again, and none is lost.

The tests limit the size of the files that Kafka may write, which needs no rights.
"""

import resource
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import psutil
import pytest
from dramatiq.message import Message

from ops.embedded import Kafka
from tests.chaos.two_actors import IMPATIENT, Chain
from tests.contract.rig import Rig, eventually
from workers.broker import NotAcknowledged

LIMIT_BYTES = 400_000  # more than the chain fills in any file
LARGE_PARTITIONS = 8


class TwoDisks(Kafka):
    """A Kafka with two data folders, and a folder for its own metadata."""

    def _properties(self) -> dict[str, str]:
        return super()._properties() | {"log.dirs": "data,more-data", "metadata.log.dir": "metadata"}


@pytest.fixture
def one_disk(tmp_path: Path) -> Iterator[Kafka]:
    with Kafka(tmp_path / "kafka") as kafka:
        yield kafka


@pytest.fixture
def two_disks(tmp_path: Path) -> Iterator[Kafka]:
    with TwoDisks(tmp_path / "kafka") as kafka:
        yield kafka


def limit_files(kafka: Kafka, size: int) -> None:
    """Lets every write of `kafka` fail that would make a file larger than `size` bytes."""
    resource.prlimit(kafka.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def key_beside(kafka: Kafka, rig: Rig) -> str:
    """Returns a key whose messages in `large` lie on the same disk as partition 0 of `first`."""
    disk = next(disk for disk in kafka.folder.glob("*data") if (disk / f"{rig.prefix}first-0").exists())
    partitions = [at for at in range(LARGE_PARTITIONS) if (disk / f"{rig.prefix}large-{at}").exists()]
    return next(key for key in map(str, count()) if crc32(key.encode()) % LARGE_PARTITIONS in partitions)


def test_a_full_disk_stops_kafka_and_what_it_acknowledged_is_worked_on_after_it(one_disk: Kafka) -> None:
    with closing(Rig(one_disk.servers)) as rig:
        chain = Chain(rig, rig.broker(**IMPATIENT))
        with chain.running():
            pid = one_disk.pid
            limit_files(one_disk, 1)
            eventually(lambda: not psutil.pid_exists(pid))
            eventually(lambda: len(chain.refused) >= 2)
            one_disk.start()
            chain.goes_on()
        assert len(chain.firsts) > len(set(chain.firsts))  # messages that could not be handed on were delivered again


def test_one_full_disk_of_two_keeps_the_partitions_on_it_until_kafka_starts_with_room(two_disks: Kafka) -> None:
    with closing(Rig(two_disks.servers)) as rig:
        chain, other = (
            Chain(rig, rig.broker(**IMPATIENT)),
            rig.broker("large", partitions=LARGE_PARTITIONS, **IMPATIENT),
        )
        with chain.running():
            pid = two_disks.pid
            limit_files(two_disks, LIMIT_BYTES)
            large: Message[Any] = Message(
                "large", "work", ("x" * 2 * LIMIT_BYTES,), {}, {"key": key_beside(two_disks, rig)}
            )
            with pytest.raises(NotAcknowledged):
                other.enqueue(large)
            eventually(lambda: len(chain.refused) >= 2)
            assert two_disks.pid == pid
            two_disks.kill()
            two_disks.start()
            chain.goes_on()
