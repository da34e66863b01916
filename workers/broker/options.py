"""Options of the Kafka clients; the defaults were measured on Kafka 4.3 and kafka-python 3.0."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class Security:
    """The security of the connections to Kafka. With TLS, the names in Kafka's certificates are always checked.

    `ca_file`, `cert_file` and `key_file` are PEM. Raises ValueError when SASL lacks a part.
    """

    protocol: Protocol = "PLAINTEXT"
    ca_file: Path | None = None  # authority that signs Kafka's certificates; None: all that this machine trusts
    cert_file: Path | None = None  # our own certificate and its chain, for a Kafka that asks for it
    key_file: Path | None = None  # the key of our certificate; None: it is in `cert_file`
    mechanism: Mechanism | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.sasl and not (self.mechanism and self.username and self.password):
            raise ValueError(f"{self.protocol} needs a mechanism, a user name and a password")

    @property
    def tls(self) -> bool:
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def sasl(self) -> bool:
        return self.protocol.startswith("SASL")

    def client_arguments(self) -> dict[str, Any]:
        """Returns the arguments for a client of kafka-python."""
        arguments: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls:
            arguments |= {
                "ssl_cafile": _text(self.ca_file),
                "ssl_certfile": _text(self.cert_file),
                "ssl_keyfile": _text(self.key_file),
                "ssl_password": "",  # a key with a password is an error then, not a question on the terminal
            }
        if self.sasl:
            arguments |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return arguments


PLAINTEXT = Security()


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How this process uses Kafka. Times are in ms."""

    security: Security = PLAINTEXT
    # consuming
    prefetch: int = 256  # most messages of a queue with Dramatiq; its own default is twice the threads
    prefetch_bytes: int = 4_194_304  # bytes of these messages; the last message may exceed it
    session_timeout_ms: int = 10_000  # partitions of a dead process are taken over after this and about a second
    max_partition_fetch_bytes: int = 65_536  # of one partition per fetch; a single larger batch is fetched whole
    commit_interval_ms: int = 1_000
    window: int = 10_000  # offsets tracked of a partition behind an unsettled message; then it is paused
    redeliver_after_ms: int = 1_000  # from a failed send to the next delivery of the message; doubles each time
    stall_after_ms: int = (
        15_000  # a client without progress on a partition with records is replaced after up to twice this
    )
    join_margin_ms: int = 5_000  # beyond the session: how long a client may take to join, or to take partitions over
    retry_after_ms: int = 3_000  # from a client that failed to the next
    # a queue whose messages nearly all become dead letters is stopped
    breaker_count: int = 20  # dead letters
    breaker_ratio: float = 0.5  # of the messages that ended
    breaker_ms: int = 30_000  # from the stop, or a failed probe, to the next message that is tried
    # producing
    linger_ms: int = 2
    batch_bytes: int = 65_536
    compression: str | None = None  # gzip, or lz4, snappy or zstd if its package is installed
    max_message_bytes: int = 1_000_000  # of an encoded message; Kafka's own limit for a batch is 1,048,588
    request_timeout_ms: int = 10_000  # also the consumer's
    delivery_timeout_ms: int = 20_000  # from a send to its failure; more than request_timeout_ms + linger_ms
    metadata_timeout_ms: int = 10_000  # how long a send waits for the metadata of its topic


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
