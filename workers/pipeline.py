"""The pipeline, as one table: each stage with its topic, the record it takes, its work, time limit and retries.

A stage returns the record of the next arrow (`TOPICS` says which topic that is), or None at the end of the way. It
knows nothing of Kafka, Dramatiq or metrics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.records import (
    FetchedMail,
    FetchOrder,
    FilteredMail,
    ParsedMail,
    Record,
    Rejection,
    SendOrder,
    ValidatedMail,
)
from workers.attachments.stage import select
from workers.deadletter.stage import settle
from workers.fetch.stage import fetch
from workers.house import House
from workers.outbox.stage import send
from workers.parse.stage import parse
from workers.post.stage import post
from workers.validate.stage import validate

#: Retry policies, as delays in milliseconds; a mail is parked for a person after the last.
QUICK = (1_000, 5_000, 30_000, 300_000)
#: The order comes again by itself: the scheduler's next, or the outbox row's next due time.
NEVER: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One box of the pipeline. `time_limit` is in milliseconds; `parks` tells whether its records are about one
    mail, which is parked when the stage fails for good."""

    name: str
    takes: type[Record]
    work: Callable[[Any, House], Record | None]
    time_limit: int
    retries: tuple[int, ...]
    parks: bool = True

    @property
    def topic(self) -> str:
        """The topic that the stage consumes."""
        return TOPICS[self.takes]


#: Each kind of record travels on one topic.
TOPICS: dict[type[Record], str] = {
    FetchOrder: "inbound.fetch",
    FetchedMail: "inbound.parse",
    ParsedMail: "inbound.validate",
    ValidatedMail: "inbound.attachments",
    FilteredMail: "inbound.post",
    Rejection: "inbound.deadletter",
    SendOrder: "outbox.send",
}

STAGES: tuple[Stage, ...] = (
    #      name           record in      work      limit    retries
    Stage("fetch", FetchOrder, fetch, 900_000, NEVER, parks=False),
    Stage("parse", FetchedMail, parse, 60_000, QUICK),
    Stage("validate", ParsedMail, validate, 30_000, QUICK),
    Stage("attachments", ValidatedMail, select, 60_000, QUICK),
    Stage("post", FilteredMail, post, 60_000, QUICK),
    Stage("deadletter", Rejection, settle, 30_000, QUICK, parks=False),
    Stage("outbox", SendOrder, send, 600_000, NEVER, parks=False),
)
