"""Retries after fixed delays per actor, without ever losing the message."""

import logging
from datetime import UTC, datetime
from typing import Any

from dramatiq.broker import Broker
from dramatiq.errors import Retry
from dramatiq.middleware import Middleware

from workers.broker.errors import MessageTooLargeError, NotYetError
from workers.broker.metrics import RETRIES

logger = logging.getLogger(__name__)

DEFAULT_DELAYS = (5_000, 30_000, 300_000)
ERROR_CHARACTERS = 200
NOT_YET_MS = 30_000  # from one try of a message that waits for a newer process to the next
MOST_NOT_YET = 2 * 60 * 24  # such tries, which is a day
HISTORY_LENGTH = 20  # attempts in the history; older attempts are left out


class Retries(Middleware):
    """Sends a message whose actor raised again, after the next of the delays; after the last delay it fails.

        @dramatiq.actor(retry_delays=(1_000, 60_000), throws=(ValueError,))

    Actor options: `retry_delays`, a tuple of ms, empty for no retries; `throws`, exception classes that fail at once.
    `dramatiq.errors.Retry` counts as an attempt, and its own delay takes precedence. The message that is sent has the
    options `retries`, the number of retries so far, and `history`, a line for each attempt: when it ended (UTC), class
    and text of the exception.

    A `NotYetError` is no attempt: the message is sent again every `NOT_YET_MS`, up to a day, whatever the options say.

    Unlike Dramatiq's own middleware, it marks the message as retried only once the next attempt has been sent: if the
    send fails, the message is not acknowledged.
    """

    def __init__(self, delays: tuple[int, ...] = DEFAULT_DELAYS) -> None:
        self.delays = delays

    @property
    def actor_options(self) -> set[str]:
        return {"retry_delays", "throws"}

    def after_process_message(
        self, broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        del result
        if exception is None or message.failed:
            return
        if isinstance(exception, NotYetError) and message.options.get("not_yet", 0) < MOST_NOT_YET:
            self._send_again(broker, message, exception, NOT_YET_MS, not_yet=message.options.get("not_yet", 0) + 1)
            return
        options = broker.get_actor(message.actor_name).options
        retries = message.options.get("retries", 0)
        delays = options.get("retry_delays", self.delays)
        throws = (*_classes(options.get("throws")), MessageTooLargeError)
        if isinstance(exception, throws) or retries >= len(delays):
            logger.warning("message %s fails after %d retries: %s", message.message_id, retries, exception)
            message.fail()
            return
        delay = exception.delay if isinstance(exception, Retry) and exception.delay is not None else delays[retries]
        self._send_again(broker, message, exception, delay, retries=retries + 1)

    @staticmethod
    def _send_again(broker: Broker, message: Any, exception: BaseException, delay: int, **counts: int) -> None:
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {describe(exception)}"
        history = [*message.options.get("history", []), line][-HISTORY_LENGTH:]
        again = message.copy(options={**counts, "history": history})
        try:
            broker.enqueue(again, delay=delay)
        except MessageTooLargeError:
            message.fail()
        else:
            message.retried = True
            RETRIES.labels(message.queue_name).inc()
            logger.info("message %s is tried again in %d ms: %s", message.message_id, delay, exception)


def describe(error: BaseException) -> str:
    """Returns the class and the text of `error`, in one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:ERROR_CHARACTERS]


def _classes(throws: Any) -> tuple[type[BaseException], ...]:
    if throws is None:
        return ()
    return throws if isinstance(throws, tuple) else (throws,)
