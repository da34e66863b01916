"""What the owner of a partition leaves for the next one, in the metadata of its commits: how an owner's death shows.

A message that kills its worker raises nothing, so it is found by counting: an owner that was followed without having
left, and without having come on, has died over what it had out. Then records are tried one by one, and the record over
which owners die alone, twice, is the poison: one death alone can be chance, where many workers die of other things.
Pure: no clock, no network.
"""

from typing import NamedTuple

#: Deaths of workers over a message until it is a dead letter: one among others, then as many alone.
DEATHS = 3
ALONE = DEATHS - 1
#: Deaths over all that was out after which its records are tried alone; after the first when they are few.
TRIED_AFTER = 2
FEW = 4


class Tenure(NamedTuple):
    """How an owner holds a partition, from the offset `since` on, after `deaths` of owners that began there.

    `kind` is `held`; or `left`, when it gave the partition up; or `trying`, when only the record at `since` is out, and
    the deaths are those over it alone.
    """

    kind: str
    since: int
    deaths: int

    def __str__(self) -> str:
        return f"{self.kind} {self.since} {self.deaths}"


class Succession(NamedTuple):
    """What the next owner starts from: deaths over all that was out, deaths over the first record alone, and the offset
    of the record that is poison, if one is."""

    deaths: int
    alone: int
    poison: int | None

    def careful(self, waiting: int) -> bool:
        """Whether the records that were out, of which there are at most `waiting`, are to be tried one by one."""
        return self.deaths >= TRIED_AFTER or (self.deaths > 0 and waiting <= FEW)


def read(metadata: str | None) -> Tenure | None:
    """The tenure in the metadata of a commit; None when it holds none, as of another program."""
    words = (metadata or "").split(" ")
    match words:
        case ["held" | "left" | "trying" as kind, since, deaths] if since.isdecimal() and deaths.isdecimal():
            return Tenure(kind, int(since), int(deaths))
    return None


def succeed(before: Tenure | None, offset: int) -> Succession:
    """What follows for who takes over after `before`, with `offset` as the group's committed one."""
    if before is None:
        return Succession(0, 0, None)
    died = before.kind != "left"
    if before.since != offset:  # it came on: whatever was at its beginning did not kill it
        return Succession(int(died), 0, None)
    if before.kind != "trying":
        return Succession(before.deaths + died, 0, None)
    alone = before.deaths + 1
    return Succession(0, 0, offset) if alone >= ALONE else Succession(TRIED_AFTER, alone, None)
