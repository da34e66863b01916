"""What the owner of a partition leaves for the next one, in the metadata of its commits: how an owner's death shows.

A message that kills its worker raises nothing, so it is found by counting: an owner that was followed without having
left, and without having come on, has died over what it had out. After all deaths but one, records are tried one by one;
the record over which an owner dies then is the poison. Pure: no clock, no network.
"""

from typing import NamedTuple

#: Deaths of workers over a message until it is a dead letter.
DEATHS = 3


class Tenure(NamedTuple):
    """How an owner holds a partition, from the offset `since` on, after `deaths` of owners that began there.

    `kind` is `held`; or `left`, when it gave the partition up; or `trying`, when only the record at `since` is out.
    """

    kind: str
    since: int
    deaths: int

    def __str__(self) -> str:
        return f"{self.kind} {self.since} {self.deaths}"


class Succession(NamedTuple):
    """What the next owner starts from: deaths so far, and the offset of the record that is poison, if one is."""

    deaths: int
    poison: int | None


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
        return Succession(0, None)
    died = before.kind != "left"
    if before.since != offset:  # it came on: whatever was at its beginning did not kill it
        return Succession(int(died), None)
    deaths = before.deaths + died
    if before.kind == "trying" and deaths >= DEATHS:
        return Succession(0, offset)
    return Succession(deaths, None)
