"""A dead letter: the record as it came, byte for byte, and headers that say where it came from and why it failed."""

from typing import Any

from workers.broker.producer import Headers

TEXT_CHARACTERS = 500


def dead_letter_headers(record: Any, *, actor: str, error: BaseException, attempts: int) -> Headers:
    """The headers of the dead letter of the client's `record`, after its own; `actor` is "" if it can't be read."""
    facts = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "actor": actor,
        "error": type(error).__name__,
        "error-text": str(error)[:TEXT_CHARACTERS],
        "attempts": attempts,
    }
    return [*record.headers, *((f"dead-letter.{name}", str(fact).encode()) for name, fact in facts.items())]
