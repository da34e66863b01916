"""Middleware that keeps a delivery from being settled by mistake."""

from typing import Any

from dramatiq.broker import Broker
from dramatiq.middleware import CurrentMessage, Middleware, ShutdownNotifications, SkipMessage

from workers.broker.errors import PoisonError
from workers.broker.reading.delivery import CURRENT
from workers.broker.retries import Retries
from workers.broker.time_limit import TimeLimit


class Deliveries(Middleware):
    """Links each running actor to its delivery; must be the first middleware of the list.

    Before an actor, it runs first. It skips a message whose partition was lost while it waited for a thread, and a
    message over which workers died; what other middleware sends for such a message is sent before the message settles.
    After an actor, it runs last: the message may settle only after all other middleware has run.
    """

    def before_process_message(self, broker: Broker, message: Any) -> None:
        del broker
        if not message.delivery.current:
            raise SkipMessage("its partition has another owner now")
        CURRENT.set(message.delivery)
        if isinstance(message.delivery.last_failure, PoisonError):
            message.fail()
            raise SkipMessage("its workers died over it")
        message.undecided = True

    def after_process_message(
        self, broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        del broker, result
        CURRENT.set(None)
        if exception is None and message.delivery.refused is not None:
            message.fail()
            message.stuff_exception(message.delivery.refused)
        message.undecided = exception is not None and not message.failed and not message.retried

    def after_skip_message(self, broker: Broker, message: Any) -> None:
        self.after_process_message(broker, message)

    def before_consumer_thread_shutdown(self, broker: Broker, thread: Any) -> None:
        """Leaves the groups of all queues at once: Dramatiq closes the consumers one after another, which is slow."""
        del broker
        if thread.consumer is not None:
            thread.consumer.close()


def default_middleware() -> list[Middleware]:
    """Returns the default middleware; after an actor, Dramatiq calls it from last to first."""
    return [Deliveries(), Retries(), CurrentMessage(), ShutdownNotifications(), TimeLimit()]
