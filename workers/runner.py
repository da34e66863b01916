"""Runs the stages of the pipeline table as Dramatiq actors: reads the record, times the work, hands the result on.

What goes wrong with us is decided here, for all stages alike: what passes by itself is tried again, anything else
becomes a `Rejection` that parks the mail for a person.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import dramatiq
import orjson
import structlog
from dramatiq.middleware import CurrentMessage

from schemas.reasons import Reason
from schemas.records import Record, Rejection
from workers import metrics
from workers.errors import is_transient
from workers.house import House
from workers.pipeline import STAGES, TOPICS, Stage

#: Longest piece of an error that goes into evidence, in characters.
_ERROR_LENGTH = 300
_ACTORS = {stage.topic: stage.name for stage in STAGES}

_log = structlog.get_logger(__name__)


class JsonEncoder(dramatiq.Encoder):
    """Dramatiq's messages as JSON, by orjson: it knows UUIDs and times."""

    def encode(self, data: dict[str, Any]) -> bytes:
        """The message as UTF-8 JSON."""
        return orjson.dumps(data)

    def decode(self, data: bytes) -> dict[str, Any]:
        """The message; raises `ValueError` when it is not JSON."""
        message: dict[str, Any] = orjson.loads(data)
        return message


def declare(broker: dramatiq.Broker, house: Callable[[], House]) -> None:
    """Declares one actor for each stage on the broker; `house` is called when the first record comes."""
    dramatiq.set_encoder(JsonEncoder())
    for stage in STAGES:
        dramatiq.Actor(
            partial(_run, stage, broker, house),
            broker=broker,
            actor_name=stage.name,
            queue_name=stage.topic,
            priority=0,
            options={"time_limit": stage.time_limit, "retry_delays": stage.retries},
        )


def message(record: Record) -> dramatiq.Message[None]:
    """The message that carries a record to the stage that takes it."""
    topic = TOPICS[type(record)]
    return dramatiq.Message(
        queue_name=topic, actor_name=_ACTORS[topic], args=(record.model_dump(),), kwargs={}, options={}
    )


def _run(stage: Stage, broker: dramatiq.Broker, house: Callable[[], House], payload: dict[str, Any]) -> None:
    started, cpu_started = time.perf_counter(), time.thread_time()
    outcome = "failed"
    try:
        result = _work(stage, house, payload)
        if result is not None:
            # inside an actor, enqueue ties the new message to this delivery: it settles when Kafka has both
            broker.enqueue(message(result))
        outcome = type(result).__name__ if result is not None else "done"
        if isinstance(result, Rejection):
            metrics.REJECTIONS.labels(result.reason).inc()
    finally:
        metrics.STAGE_SECONDS.labels(stage.name).observe(time.perf_counter() - started)
        metrics.STAGE_CPU.labels(stage.name).inc(time.thread_time() - cpu_started)
        metrics.STAGE_RECORDS.labels(stage.name, outcome).inc()


def _work(stage: Stage, house: Callable[[], House], payload: dict[str, Any]) -> Record | None:
    record = stage.takes.model_validate(payload)
    try:
        return stage.work(record, house())
    except Exception as error:
        if not stage.parks or (is_transient(error) and _tries_left(stage)):
            raise
        custody = record.custody  # type: ignore[attr-defined]  # every record that parks is about a mail
        _log.exception("mail parked", stage=stage.name, mail=str(custody.mail_id))
        evidence = {"stage": stage.name, "error": f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]}
        return Rejection(custody=custody, reason=Reason.INTERNAL_ERROR, evidence=evidence)


def _tries_left(stage: Stage) -> bool:
    current = CurrentMessage.get_current_message()
    return current is not None and int(current.options.get("retries", 0)) < len(stage.retries)
