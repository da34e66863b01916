"""Runs the stages of the pipeline table as Dramatiq actors: reads the records, times the work, hands the results on.

It also handles failures, alike for all stages. When a message with several records fails, each record goes into a
separate message, so that none delays another. Then a transient error is retried; any other becomes a `Rejection` that
parks the mail for a person.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import dramatiq
import orjson
import structlog
from dramatiq.middleware import CurrentMessage, Middleware

from schemas.records import Record, Rejection
from storage.resources import Resources
from workers import mail_log, metrics, tracing
from workers.broker import NotYetError, PoisonError
from workers.errors import is_transient, reason_of
from workers.pipeline import COUNTS, STAGES, TOPICS, Stage

#: An error in evidence is cut to this many characters.
_ERROR_LENGTH = 300
#: The most bytes of records in one message, unless it is a single record.
_MOST_BYTES = 200 * 1024
_STAGES = {stage.topic: stage for stage in STAGES}

_log = structlog.get_logger(__name__)


class JsonEncoder(dramatiq.Encoder):
    """Encodes Dramatiq's messages as JSON with orjson, which can encode UUIDs and times."""

    def encode(self, data: dict[str, Any]) -> bytes:
        """Returns the message as UTF-8 JSON."""
        return orjson.dumps(data)

    def decode(self, data: bytes) -> dict[str, Any]:
        """Returns the message; raises `ValueError` when it is not JSON."""
        message: dict[str, Any] = orjson.loads(data)
        return message


class PoisonSplitter(Middleware):
    """Handles a message that killed workers: puts each of its mails into a separate message, or parks the mail for a
    person if it was the only one in its message."""

    def after_skip_message(self, broker: dramatiq.Broker, message: Any) -> None:
        """Enqueues the messages that replace this message, which becomes a dead letter only when they are sent."""
        error, stage = message.delivery.last_failure, _STAGES[message.queue_name]
        if not isinstance(error, PoisonError) or not stage.parks:
            return
        (payloads,) = message.args
        if len(payloads) > 1:
            onward = [_message(stage, [payload]) for payload in payloads]
        else:
            onward = messages([_parked(stage, stage.takes.model_validate(payloads[0]), error)])
        for onward_message in onward:
            broker.enqueue(onward_message)


def declare(broker: dramatiq.Broker, resources: Callable[[], Resources]) -> None:
    """Declares an actor for each stage on the broker; `resources` is called when the first record comes."""
    dramatiq.set_encoder(JsonEncoder())
    broker.add_middleware(PoisonSplitter())
    for stage in STAGES:
        dramatiq.Actor(
            partial(_run, stage, broker, resources),
            broker=broker,
            actor_name=stage.name,
            queue_name=stage.topic,
            priority=0,
            options={"time_limit": stage.time_limit, "retry_delays": stage.retries},
        )


def messages(records: Iterable[Record], *, alone: bool = False) -> list[dramatiq.Message[None]]:
    """Returns messages that carry the records to the stages that take them.

    A message has as many records as the pipeline table allows; with `alone`, only one.
    """
    waiting: dict[str, list[bytes]] = {}
    for record in records:
        waiting.setdefault(TOPICS[type(record)], []).append(record.model_dump_json().encode())
    return [
        _message(_STAGES[topic], [orjson.Fragment(payload) for payload in share])
        for topic, payloads in waiting.items()
        for share in _shares(payloads, 1 if alone else _STAGES[topic].together)
    ]


def _shares(payloads: Sequence[bytes], most: int) -> Iterable[list[bytes]]:
    share: list[bytes] = []
    size = 0
    for payload in payloads:
        if share and (len(share) == most or size + len(payload) > _MOST_BYTES):
            yield share
            share, size = [], 0
        share.append(payload)
        size += len(payload)
    if share:
        yield share


def _message(stage: Stage, payloads: list[Any]) -> dramatiq.Message[None]:
    return dramatiq.Message(
        queue_name=stage.topic, actor_name=stage.name, args=(payloads,), kwargs={}, options=tracing.headers()
    )


def _run(stage: Stage, broker: dramatiq.Broker, resources: Callable[[], Resources], payloads: list[Any]) -> None:
    message = CurrentMessage.get_current_message()
    with tracing.stage(stage.name, message.options if message else {}, payloads):
        _run_stage(stage, broker, resources, payloads)


def _run_stage(stage: Stage, broker: dramatiq.Broker, resources: Callable[[], Resources], payloads: list[Any]) -> None:
    started, cpu_started = time.perf_counter(), time.thread_time()
    outcomes = Counter({"failed": len(payloads)})
    try:
        results = _work(stage, resources, payloads)
        # inside an actor, enqueue ties the new message to this delivery, which settles only when Kafka has both
        if results is None:
            for payload in payloads:
                broker.enqueue(_message(stage, [payload]))
            outcomes = Counter({"apart": len(payloads)})
        else:
            for message in messages(result for result in results if result is not None):
                broker.enqueue(message)
            outcomes = Counter(type(result).__name__ if result is not None else "done" for result in results)
            for result in results:
                if result is not None and (count_more := COUNTS.get(type(result))):
                    count_more(result)
    finally:
        metrics.STAGE_SECONDS.labels(stage.name).observe(time.perf_counter() - started)
        metrics.STAGE_CPU.labels(stage.name).inc(time.thread_time() - cpu_started)
        for outcome, count in outcomes.items():
            metrics.STAGE_RECORDS.labels(stage.name, outcome).inc(count)


def _log_steps(stage: Stage, records: Sequence[Any], results: Sequence[Record | None], ms: float) -> None:
    """Logs the mails that go on; a stage that ends a mail, or makes it wait, logs that itself."""
    for record, result in zip(records, results, strict=True):
        if result is not None and (custody := getattr(record, "custody", None)) is not None:
            mail_log.went_on(stage.name, custody, result, _STAGES[TOPICS[type(result)]].name, ms, len(records))


def _work(stage: Stage, resources: Callable[[], Resources], payloads: list[Any]) -> Sequence[Record | None] | None:
    """Returns the results of the stage; None when several records failed together and must be tried one by one."""
    records: list[Any] = []
    try:
        records = [_read(stage, payload) for payload in payloads]
        started = time.perf_counter()
        results = stage.work(records, resources())
        _log_steps(stage, records, results, (time.perf_counter() - started) * 1000)
        return results  # noqa: TRY300  # an error of the line before is one of this stage too
    except NotYetError:
        raise
    except Exception as error:
        if len(payloads) > 1:
            _log.warning("records go on alone", stage=stage.name, records=len(payloads), error=error)
            return None
        if not records or not stage.parks or (is_transient(error) and _tries_left(stage)):
            _log_failed(stage, records, error)
            raise
        return [stage.at_last(records[0], error) or _parked(stage, records[0], error)]


def _read(stage: Stage, payload: dict[str, Any]) -> Any:
    """Returns the record. Raises `NotYetError` for one of a later version of casemail, which newer workers can read."""
    known = stage.takes.model_fields["version"].default
    if payload.get("version", known) > known:
        raise NotYetError(f"a record of version {payload['version']} waits for a newer worker than this")
    return stage.takes.model_validate(payload)


def _parked(stage: Stage, record: Any, error: Exception) -> Rejection:
    custody = record.custody  # every record of a stage that parks is about one mail
    _log.error("mail parked", stage=stage.name, mail=custody.mail_id, batch=custody.batch_id, exc_info=error)
    evidence = {"stage": stage.name, "error": f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]}
    return Rejection(custody=custody, reason=reason_of(error), evidence=evidence)


def _log_failed(stage: Stage, records: Sequence[Any], error: Exception) -> None:
    custody = getattr(records[0], "custody", None) if records else None
    about = {"mail": custody.mail_id, "batch": custody.batch_id, "tenant": custody.tenant_id} if custody else {}
    _log.warning("a stage failed, and its message is tried again", stage=stage.name, error=error, **about)


def _tries_left(stage: Stage) -> bool:
    current = CurrentMessage.get_current_message()
    return current is not None and int(current.options.get("retries", 0)) < len(stage.retries)
