"""What the owner of a partition leaves for the next one, in the metadata of its commits: how an owner's death shows.

A message that kills its worker raises nothing, so it is found by counting: an owner that was followed without having
left, and without having come on, has died over what it had out. Then records are tried one by one, and the record over
which owners die alone, twice, is the poison: one death alone can be chance, where many workers die of other things.
Workers in one container die together, so a record that was alone at a death is tried once more only while the whole
group tries nothing else: an owner commits that it asks, and then reads whether another does.
Pure: no clock, no network.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from kafka import OffsetAndMetadata, TopicPartition

#: Deaths of workers over a message until it is a dead letter: one among others, then as many alone.
DEATHS = 3
ALONE = DEATHS - 1
#: Deaths over all that was out after which its records are tried alone; after the first when they are few.
TRIED_AFTER = 2
FEW = 4
KINDS = ("held", "left", "trying", "asking")
NUMBERS = 3


class Ownership(NamedTuple):
    """How an owner holds a partition, from the offset `since` on, after `deaths` of owners that began there.

    `kind` is `held`; or `left`, when it gave the partition up; or `trying`, when only the record at `since` is out; or
    `asking`, when that is to be tried next. `alone` counts the deaths while only that record was out. `owner` tells one
    owner from another.
    """

    kind: str
    since: int
    deaths: int
    alone: int = 0
    owner: str = "-"

    def commit(self) -> OffsetAndMetadata:
        """The commit of the offset `since` that says so."""
        return OffsetAndMetadata(self.since, str(self))

    @property
    def trial(self) -> bool:
        """Whether the record at `since` is tried, or about to be."""
        return self.kind in {"trying", "asking"}

    def __str__(self) -> str:
        return f"{self.kind} {self.since} {self.deaths} {self.alone} {self.owner}"


class Takeover(NamedTuple):
    """What the next owner starts from: deaths over all that was out, deaths over the first record alone, and the offset
    of the record that is poison, if one is."""

    deaths: int
    alone: int
    poison: int | None

    def careful(self, waiting: int) -> bool:
        """Whether the records that were out, of which there are at most `waiting`, are to be tried one by one."""
        return self.deaths >= TRIED_AFTER or (self.deaths > 0 and waiting <= FEW)


def read(metadata: str | None) -> Ownership | None:
    """The ownership in the metadata of a commit; None when it holds none, as of another program."""
    kind, *rest = (metadata or "").split(" ")
    *numbers, owner = rest or [""]
    if kind in KINDS and len(numbers) == NUMBERS and all(map(str.isdecimal, numbers)):
        since, deaths, alone = map(int, numbers)
        return Ownership(kind, since, deaths, alone, owner)
    return None


def take_over(before: Ownership | None, offset: int, owner: str) -> Takeover:
    """What follows for `owner`, who takes over after `before`, with `offset` as the group's committed one.

    Who comes after itself has not died: it could not say that it left, for Kafka was away.
    """
    if before is None:
        return Takeover(0, 0, None)
    died = before.kind != "left" and before.owner != owner
    if before.since != offset:  # it came on: whatever was at its beginning did not kill it
        return Takeover(int(died), 0, None)
    alone = before.alone + (died and before.kind == "trying")
    if alone >= ALONE:
        return Takeover(0, alone, offset)
    return Takeover(TRIED_AFTER if before.trial else before.deaths + died, alone, None)


def may_try(
    mine: Ownership, name: TopicPartition, others: Mapping[TopicPartition, Ownership | None]
) -> Literal["now", "later", "when they are done"]:
    """Whether the owner that holds the partition `name` as `mine`, and has said that it asks, may try now.

    `others` are the tenures of the group's other partitions, read after that. A record that was alone at a death is
    tried when no other is, and of two such the one of the lower partition first. Who is told `later` no longer asks.
    Of two that ask at the same time at least one sees the other, and one of them goes on.
    """
    trials = {at: one for at, one in others.items() if one and one.trial and one.owner != mine.owner}
    if any(one.alone and (at < name or not mine.alone) for at, one in trials.items()):
        return "later"
    return "when they are done" if mine.alone and trials else "now"
