"""What the broker raises, under Dramatiq's own classes.

BrokerError
+-- TopicError             a topic is missing, or not as wanted: for the operator
+-- MessageTooLargeError   trying again never helps
+-- PoisonError            its worker died each time
+-- ConnectionFailed
|   +-- KafkaUnreachable   Kafka does not answer
|       +-- KafkaRefused   it does, but not to us: credentials, certificates, the protocol; for the operator
+-- ConnectionClosed
    +-- NotAcknowledged    the message may be in Kafka or not: send it again
"""

from dramatiq.errors import BrokerError, ConnectionClosed, ConnectionFailed


class TopicError(BrokerError):
    """A topic is missing, or is not as wanted. The message names it and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class MessageTooLargeError(BrokerError):
    """The encoded message is above the limit; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class PoisonError(BrokerError):
    """The processes that worked on the message died over it, again and again; nobody works on it any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class KafkaUnreachable(ConnectionFailed):
    """Kafka does not answer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class KafkaRefused(KafkaUnreachable):
    """Kafka answers, but not to us: wrong credentials, certificates or protocol. The message says what to do."""


class NotAcknowledged(ConnectionClosed):
    """Kafka has not said that it has the message; it may have it all the same."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]
