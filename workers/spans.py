"""The spans of traces, by the SDK of OpenTelemetry; `workers/tracing.py` imports this only when traces are on.

One trace is one batch. Its id, and that of its first span, follow from the id of the batch, so that a mail which has
waited in the ledger goes on in the trace of its batch. Through Kafka the trace travels in the header `traceparent`
(W3C Trace Context). Spans have ids, figures and reasons as attributes, and of an error its class alone.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Tracer, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from schemas.records import FetchedMail

#: The most ids in one attribute.
_MOST_IDS = 50
_COUNT = "messaging.batch.message_count"

_propagator = TraceContextTextMapPropagator()
#: The ids that the next span gets: of its trace, and its own.
_next_ids: ContextVar[tuple[int, int] | None] = ContextVar("next_ids", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, unless the next are given."""

    def generate_trace_id(self) -> int:
        given = _next_ids.get()
        return given[0] if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = _next_ids.get()
        return given[1] if given else super().generate_span_id()


def headers() -> dict[str, Any]:
    """Returns the option of a message that carries the present trace with it; empty without one."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return {"headers": carrier} if carrier else {}


@contextmanager
def stage(name: str, options: Mapping[str, Any], payloads: Sequence[Any]) -> Iterator[None]:
    """Makes a span of what a stage does with a message that has these options, in the message's trace."""
    mails = [mail_id for payload in payloads if (mail_id := _mail_id(payload))][:_MOST_IDS]
    with _tracer().start_as_current_span(
        name,
        context=_propagator.extract(options.get("headers", {}), Context()),
        kind=SpanKind.CONSUMER,
        attributes={"casemail.stage": name, "casemail.mails": mails, _COUNT: len(payloads)},
        record_exception=False,  # its words may quote a mail
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def _mail_id(payload: Any) -> str | None:
    custody = payload.get("custody") or payload.get("parsed", {}).get("custody") or {}
    return custody.get("mail_id")


@contextmanager
def sending(name: str, batch_id: UUID, mails: Sequence[FetchedMail]) -> Iterator[None]:
    """Makes a span of sending mails of a batch into the topics."""
    with _tracer().start_as_current_span(
        name,
        context=_context_of(batch_id),
        kind=SpanKind.PRODUCER,
        attributes={"casemail.batch": str(batch_id), _COUNT: len(mails)},
        record_exception=False,
    ):
        yield


def batch(batch_id: UUID, kind: str, ms: float, counts: Mapping[str, int]) -> None:
    """Adds the first span of a batch's trace, which ends now and began `ms` before."""
    token = _next_ids.set(_ids_of(batch_id))
    try:
        _past(f"batch {kind}", Context(), ms, {"batch": str(batch_id), "kind": kind, **counts})
    finally:
        _next_ids.reset(token)


def custody(batch_id: UUID, ms: float, mails: Sequence[UUID]) -> None:
    """Adds a span for mails of a batch that are in custody now, which took `ms`."""
    _past("custody", _context_of(batch_id), ms, {"mails": [str(mail) for mail in mails[:_MOST_IDS]]})


def sent(ms: float, attributes: Mapping[str, object]) -> None:
    """Adds a span for one outgoing mail, within the present one; `ms` is how long it took."""
    _past("send", get_current(), ms, {name: str(value) for name, value in attributes.items() if value is not None})


def _past(name: str, context: Context, ms: float, attributes: Mapping[str, Any]) -> None:
    end = time.time_ns()
    named = {f"casemail.{key}": value for key, value in attributes.items()}
    span = _tracer().start_span(name, context=context, attributes=named, start_time=end - int(ms * 1_000_000))
    span.end(end)


def _ids_of(batch_id: UUID) -> tuple[int, int]:
    """Returns the ids of a batch's trace and of its first span; as random as a sampler by trace id needs them."""
    digest = blake2b(batch_id.bytes, digest_size=24, person=b"casemail trace").digest()
    return int.from_bytes(digest[:16], "big") or 1, int.from_bytes(digest[16:], "big") or 1


def _context_of(batch_id: UUID) -> Context:
    """Returns the context of the first span of a batch, which may not have ended, or run in another process."""
    trace_id, span_id = _ids_of(batch_id)
    # every process decides alike: samplers decide by the id of the trace
    decision = _provider(os.getpid()).sampler.should_sample(Context(), trace_id, "batch").decision
    flags = TraceFlags(TraceFlags.SAMPLED if decision is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT)
    first = SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(first), Context())


def _tracer() -> Tracer:
    return _provider(os.getpid()).get_tracer("casemail")  # type: ignore[return-value]  # that of the SDK


@cache
def _provider(_pid: int) -> TracerProvider:
    """Returns the provider of this process, made at the first span: after a fork, as it has a thread."""
    name = os.environ.get("OTEL_SERVICE_NAME") or os.environ.get("PGAPPNAME", "casemail")
    provider = TracerProvider(id_generator=_Ids(), resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
