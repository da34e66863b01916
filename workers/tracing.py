"""Traces by OpenTelemetry: what a batch of mails goes through, from its fetch to its last stage, over all processes.

They are off, and cost nothing, unless the environment names where to export them (OTEL_EXPORTER_OTLP_ENDPOINT or
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT). `workers/spans.py`, and with it opentelemetry, is imported only then.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from typing import Any
from uuid import UUID

from schemas.records import FetchedMail

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

#: Whether traces are on (OpenTelemetry specification, "Environment Variable Specification").
ON = (
    any(os.environ.get(name) for name in _ENDPOINTS)
    and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"
    and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "none"
)
if ON:
    from workers import spans


def headers() -> dict[str, Any]:
    """Returns the option of a message that carries the present trace with it; empty without one."""
    return spans.headers() if ON else {}


def stage(name: str, options: Mapping[str, Any], payloads: Sequence[Any]) -> AbstractContextManager[None]:
    """Returns the context of a stage that works on a message with these options: a span in the message's trace."""
    return spans.stage(name, options, payloads) if ON else nullcontext()


def batches(
    name: str, records: Sequence[FetchedMail]
) -> Iterator[tuple[AbstractContextManager[None], Sequence[FetchedMail]]]:
    """Yields the records that may travel together, each time with the context in which they are to be sent.

    With traces on, those of each batch are apart, and sent within a span of the batch's trace.
    """
    if not ON:
        yield nullcontext(), records
        return
    in_order = sorted(records, key=lambda record: str(record.custody.batch_id))  # stable: tenants stay together
    for batch_id, share in groupby(in_order, key=lambda record: record.custody.batch_id):
        mails = list(share)
        yield (spans.sending(name, batch_id, mails) if batch_id else nullcontext()), mails


def batch(batch_id: UUID, kind: str, ms: float, counts: Mapping[str, int]) -> None:
    """Adds the first span of a batch's trace, which ends now and began `ms` before."""
    if ON:
        spans.batch(batch_id, kind, ms, counts)


def custody(batch_id: UUID, ms: float, mails: Sequence[UUID]) -> None:
    """Adds a span for mails of a batch that are in custody now, which took `ms`."""
    if ON:
        spans.custody(batch_id, ms, mails)


def sent(ms: float, **attributes: object) -> None:
    """Adds a span for one outgoing mail, within the present one; `ms` is how long it took."""
    if ON:
        spans.sent(ms, attributes)
