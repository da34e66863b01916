"""Dead letters: the record as it came, byte for byte, with headers that say where it came from and why it failed."""

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
    """Returns the value of the dead letter of `delivery`, and its headers (see `dead_letter_headers`).

    If Kafka has refused the dead letter for its size, the value is cut and the record's own headers are left out:
    otherwise the record would be delivered for ever. This happens with records of other programs. `dead-letter.cut` has
    the full size in bytes.
    """
    value = delivery.record.value or b""
    headers = dead_letter_headers(delivery.record, actor=actor, error=error, options=options)
    if isinstance(delivery.last_failure, MessageTooLargeError) and delivery.failures > 1:
        cut = ("dead-letter.cut", str(len(value)).encode())
        return value[:CUT_BYTES], [*headers[len(delivery.record.headers) :], cut]
    return value, headers


def dead_letter_headers(record: Any, *, actor: str, error: BaseException, options: Mapping[str, Any]) -> Headers:
    """Returns the headers of a dead letter: those of the client's `record`, then `dead-letter.*`.

    `actor` and `options` are those of the message, empty if it can't be decoded. `error` is the error of the last
    attempt; `dead-letter.history`, a JSON list, has a line for each earlier attempt.
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
