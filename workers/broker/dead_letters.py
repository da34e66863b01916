"""A dead letter: the record as it came, byte for byte, and headers that say where it came from and why it failed."""

import json
from collections.abc import Mapping
from typing import Any

from workers.broker.errors import MessageTooLargeError
from workers.broker.producer import Headers
from workers.broker.reading.delivery import Delivery

TEXT_CHARACTERS = 500
CUT_BYTES = 65_536


def dead_letter(
    delivery: Delivery, *, actor: str, error: BaseException, options: Mapping[str, Any]
) -> tuple[bytes, Headers]:
    """The value of the dead letter of `delivery`, and its headers: see `dead_letter_headers`.

    Of a record that Kafka has refused as a dead letter for its size, another program's, it is the begin of the value
    without the headers of its own; `dead-letter.cut` says of how many bytes. Else it would never end.
    """
    value = delivery.record.value or b""
    headers = dead_letter_headers(delivery.record, actor=actor, error=error, options=options)
    if isinstance(delivery.last_failure, MessageTooLargeError) and delivery.failures > 1:
        cut = ("dead-letter.cut", str(len(value)).encode())
        return value[:CUT_BYTES], [*headers[len(delivery.record.headers) :], cut]
    return value, headers


def dead_letter_headers(record: Any, *, actor: str, error: BaseException, options: Mapping[str, Any]) -> Headers:
    """The headers of the dead letter of the client's `record`, after its own.

    `actor` and the `options` are those of the message in it, empty if it can't be read. `error` is how the last attempt
    ended; `dead-letter.history`, a list in JSON, has a line for each attempt before.
    """
    facts = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "actor": actor,
        "error": type(error).__name__,
        "error-text": str(error)[:TEXT_CHARACTERS],
        "attempts": options.get("retries", 0) + 1 if actor else 0,
        "history": json.dumps(options.get("history", []), ensure_ascii=False),
    }
    return [*record.headers, *((f"dead-letter.{name}", str(fact).encode()) for name, fact in facts.items())]
