"""The pipeline as one table: each stage with the record it takes, its work, time limit and retries.

The work of a stage is a function that takes records and returns for each the record to hand on (`TOPICS` names the
topic of each kind), or None if the pipeline ends there. Only `fetch` goes on after its function has returned: it
starts a fetch in a thread. No stage knows Kafka or Dramatiq. The runner measures all stages and applies `COUNTS`; only
fetch updates metrics itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.records import (
    FetchedMail,
    FetchOrder,
    FilesOrder,
    FilteredMail,
    HeavyMail,
    ParsedMail,
    ProofOrder,
    Record,
    Rejection,
    SendOrder,
    ValidatedMail,
)
from storage.labels import known
from workers import metrics
from workers.attachments.from_original import add_scanned
from workers.attachments.stage import select_all, select_heavy
from workers.authenticate.stage import authenticate, give_up
from workers.batching import Work, each, per_tenant
from workers.deadletter.stage import settle
from workers.fetch.pull.pool import begin
from workers.outbox.stage import send
from workers.parse.stage import parse_all
from workers.post.stage import post
from workers.validate.stage import validate

#: Delays before each retry, in milliseconds; after the last retry, a mail is parked for a person.
QUICK = (1_000, 5_000, 30_000, 300_000)
#: No retries: the dispatcher sends the order again when it is due.
NEVER: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline.

    * `time_limit`: for one message, in milliseconds.
    * `together`: the largest number of records in one message.
    * `parks`: each record is about one mail, which is parked for a person when the stage fails for good.
    * `waits`: it waits for remote servers, so it runs in courier processes instead of workers.
    * `heavy`: a record may take minutes of work, so it runs in separate processes.
    * `at_last`: returns the record to hand on when all retries have failed; None: the mail is parked.
    """

    name: str
    takes: type[Record]
    work: Work
    time_limit: int
    retries: tuple[int, ...]
    together: int = 20
    parks: bool = True
    waits: bool = False
    heavy: bool = False
    at_last: Callable[[Any, Exception], Record | None] = lambda _record, _error: None

    @property
    def topic(self) -> str:
        """The topic that the stage consumes."""
        return TOPICS[self.takes]


#: Each kind of record travels on one topic.
TOPICS: dict[type[Record], str] = {
    FetchOrder: "inbound.fetch",
    FetchedMail: "inbound.parse",
    ParsedMail: "inbound.validate",
    ProofOrder: "inbound.authenticate",
    ValidatedMail: "inbound.attachments",
    HeavyMail: "inbound.heavy",
    FilteredMail: "inbound.post",
    FilesOrder: "inbound.files",
    Rejection: "inbound.deadletter",
    SendOrder: "outbox.send",
}


def _count_files(mail: FilteredMail) -> None:
    for item in mail.left_out:
        metrics.LEFT_OUT.labels(item.reason).inc()


#: Additional counters, which the runner applies to the records that stages hand on.
COUNTS: dict[type[Record], Callable[[Any], None]] = {
    Rejection: lambda rejection: metrics.REJECTIONS.labels(rejection.reason).inc(),
    FilteredMail: _count_files,
}

STAGES: tuple[Stage, ...] = (
    #      name           record in      work                  limit    retries
    Stage("fetch", FetchOrder, each(begin), 60_000, NEVER, together=1, parks=False, waits=True),
    Stage("parse", FetchedMail, parse_all, 60_000, QUICK),
    Stage("validate", ParsedMail, per_tenant(validate), 30_000, QUICK),
    Stage("authenticate", ProofOrder, each(authenticate), 60_000, QUICK, together=1, waits=True, at_last=give_up),
    Stage("attachments", ValidatedMail, per_tenant(select_all), 60_000, QUICK),
    Stage("heavy", HeavyMail, each(select_heavy), 900_000, QUICK, together=1, heavy=True),
    Stage("post", FilteredMail, per_tenant(post), 60_000, QUICK),
    Stage("files", FilesOrder, each(add_scanned), 900_000, NEVER, together=1, parks=False, heavy=True),
    Stage("deadletter", Rejection, per_tenant(settle), 30_000, QUICK, parks=False),
    Stage("outbox", SendOrder, each(send), 900_000, NEVER, together=1, parks=False, waits=True),
)

#: What may become of a record of a stage: it goes on as another record, is done, has failed, or goes on alone.
OUTCOMES = (*sorted(record.__name__ for record in TOPICS), "done", "failed", "apart")
_NAMES = [stage.name for stage in STAGES]
known(metrics.STAGE_SECONDS, _NAMES)
known(metrics.STAGE_CPU, _NAMES)
known(metrics.STAGE_RECORDS, _NAMES, OUTCOMES)


def queues_of(role: str) -> list[str]:
    """Returns the topics that a role reads: `worker`, `courier` or `heavy`; none for any other role."""
    of_stage = {stage.topic: "courier" if stage.waits else "heavy" if stage.heavy else "worker" for stage in STAGES}
    return [topic for topic, reader in of_stage.items() if reader == role]
