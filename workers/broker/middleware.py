"""What runs around an actor so that no delivery is settled by mistake."""

from typing import Any

from dramatiq.broker import Broker
from dramatiq.middleware import CurrentMessage, Middleware, ShutdownNotifications, SkipMessage

from workers.broker.errors import PoisonError
from workers.broker.reading.delivery import CURRENT
from workers.broker.retries import Retries
from workers.broker.time_limit import TimeLimit


class Deliveries(Middleware):
    """Tells the broker which delivery the running actor works on; must be the first of the list.

    First before an actor: a message whose partition was lost while it waited for a thread is not worked on, and
    neither is one over which workers died; what is sent in its place by `after_skip_message` goes before it is settled.
    Last after it: only when all others have run without dying is it decided that the message may be settled.
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
        """The workers have ended: leave the groups of all queues side by side. Dramatiq goes from one to the next, and
        others would get the last ones late."""
        del broker
        if thread.consumer is not None:
            thread.consumer.close()


def default_middleware() -> list[Middleware]:
    """The middleware to start from; Dramatiq calls it from the last to the first after an actor."""
    return [Deliveries(), Retries(), CurrentMessage(), ShutdownNotifications(), TimeLimit()]
