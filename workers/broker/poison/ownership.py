"""The ownership of a partition, in the metadata of its commits: shows the next owner whether the previous owner died.

A message that kills its worker raises nothing, so it is found by counting deaths. An owner that was replaced without
having left has died. After two deaths without progress between them, or a single death if few records waited, the
records that were out are tried alone, one by one. A record is poison when two owners die while they try it alone; a
single death can be chance, if workers die of other causes. Workers in one container die together, so the second trial
of a record waits until the whole group tries nothing else: an owner commits that it asks for a trial, and then reads
whether another owner asks or tries. No clock, no network.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from kafka import OffsetAndMetadata, TopicPartition

#: Deaths over a message until it becomes a dead letter: the first among other messages, the rest alone.
DEATHS = 3
ALONE = DEATHS - 1
#: Deaths after which the records that were out are tried alone; if there are at most FEW, after the first death.
TRIED_AFTER = 2
FEW = 4
KINDS = ("held", "left", "trying", "asking")
NUMBERS = 3


class Ownership(NamedTuple):
    """How an owner holds a partition from the offset `since` on, after `deaths` of owners that began there.

    `kind` is `held`, `left` (it gave the partition up), `trying` (only the record at `since` is out), or `asking` (it
    wants to try that record next). `alone` counts the deaths while only that record was out. `owner` is the id of the
    owner.
    """

    kind: str
    since: int
    deaths: int
    alone: int = 0
    owner: str = "-"

    def commit(self) -> OffsetAndMetadata:
        """Returns the commit of the offset `since` with this ownership."""
        return OffsetAndMetadata(self.since, str(self))

    @property
    def trial(self) -> bool:
        """Whether the record at `since` is being tried, or about to be."""
        return self.kind in {"trying", "asking"}

    def __str__(self) -> str:
        return f"{self.kind} {self.since} {self.deaths} {self.alone} {self.owner}"


class Takeover(NamedTuple):
    """What the next owner starts from: the deaths over all records that were out, the deaths over the first record
    alone, and the offset of the poison record, else None."""

    deaths: int
    alone: int
    poison: int | None

    def careful(self, waiting: int) -> bool:
        """Returns whether the records that were out, at most `waiting`, must be tried one by one."""
        return self.deaths >= TRIED_AFTER or (self.deaths > 0 and waiting <= FEW)


def read(metadata: str | None) -> Ownership | None:
    """Parses the metadata of a commit; returns None if another program wrote it."""
    kind, *rest = (metadata or "").split(" ")
    *numbers, owner = rest or [""]
    if kind in KINDS and len(numbers) == NUMBERS and all(map(str.isdecimal, numbers)):
        since, deaths, alone = map(int, numbers)
        return Ownership(kind, since, deaths, alone, owner)
    return None


def take_over(before: Ownership | None, offset: int, owner: str) -> Takeover:
    """Returns what `owner` starts from, after the ownership `before`, at the group's committed `offset`.

    An owner that takes over from itself did not crash: it could not commit that it left, as Kafka was away.
    """
    if before is None:
        return Takeover(0, 0, None)
    died = before.kind != "left" and before.owner != owner
    if before.since != offset:  # it made progress: its first record did not kill it
        return Takeover(int(died), 0, None)
    alone = before.alone + (died and before.kind == "trying")
    if alone >= ALONE:
        return Takeover(0, alone, offset)
    return Takeover(TRIED_AFTER if before.trial else before.deaths + died, alone, None)


def may_try(
    mine: Ownership, name: TopicPartition, others: Mapping[TopicPartition, Ownership | None]
) -> Literal["now", "later", "when they are done"]:
    """Returns whether the owner of the partition `name`, whose commit `mine` asks for a trial, may try now.

    `others` are the ownerships of the group's other partitions, read after that commit. A record that was
    out alone at a death is tried only while no other record is tried; of two such records, the record in the lower
    partition goes first. After `later` the owner must stop asking. If two owners ask at the same time, at least one of
    them sees the other's commit, and one of them goes on.
    """
    trials = {at: other for at, other in others.items() if other and other.trial and other.owner != mine.owner}
    if any(other.alone and (at < name or not mine.alone) for at, other in trials.items()):
        return "later"
    return "when they are done" if mine.alone and trials else "now"
