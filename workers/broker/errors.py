"""The broker's exceptions, subclasses of Dramatiq's own.

BrokerError
+-- TopicError             a topic is missing or differs from its specification; for the operator
+-- MessageTooLargeError   sending again never helps
+-- NotYetError            this process can't work on the message, but another one will: it is sent again, later
+-- PoisonError            workers died over the message
+-- ConnectionFailed
|   +-- KafkaUnreachable   Kafka does not answer
|       +-- KafkaRefused   Kafka refuses us: credentials, certificates, protocol; for the operator
+-- ConnectionClosed
    +-- NotAcknowledged    the message may be in Kafka or not: send it again
"""

from dramatiq.errors import BrokerError, ConnectionClosed, ConnectionFailed


class TopicError(BrokerError):
    """A topic is missing, or differs from its specification. The message names it and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class MessageTooLargeError(BrokerError):
    """The encoded message is larger than the limit; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class NotYetError(BrokerError):
    """This process can't work on the message yet; a newer process can. It is delayed, which is no retry."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class PoisonError(BrokerError):
    """Processes that worked on the message died again and again; it is not worked on any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class KafkaUnreachable(ConnectionFailed):
    """Kafka does not answer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class KafkaRefused(KafkaUnreachable):
    """Kafka refuses us: wrong credentials, certificates or protocol. The message says what to do."""


class NotAcknowledged(ConnectionClosed):
    """Kafka did not acknowledge the message, but may have it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]
