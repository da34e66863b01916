"""Kafka for casemail: the broker, and the topics of the pipeline."""

from schemas.settings import Settings
from workers.broker import (
    ClientOptions,
    KafkaBroker,
    Security,
    TopicError,
    TopicSpec,
    check,
    ensure,
    grow,
    queue_specs,
)
from workers.pipeline import STAGES

GROUP_PREFIX = "casemail"


def make_broker(settings: Settings) -> KafkaBroker:
    """Returns the Dramatiq broker of a process; it connects to Kafka when first used."""
    return KafkaBroker(
        settings.kafka.servers,
        group_prefix=GROUP_PREFIX,
        topic_prefix=settings.topics.prefix,
        options=ClientOptions(security=make_wire(settings)),
    )


def make_wire(settings: Settings) -> Security:
    """Returns how connections to Kafka are secured."""
    password = settings.kafka.password
    return Security(
        protocol=settings.kafka.security_protocol,
        ca_file=settings.kafka.ca_file,
        cert_file=settings.kafka.cert_file,
        key_file=settings.kafka.key_file,
        mechanism=settings.kafka.sasl_mechanism,
        username=settings.kafka.username,
        password=None if password is None else password.get_secret_value(),
    )


def ensure_topics(settings: Settings) -> list[str]:
    """Creates the topics that are missing and returns their names.

    Raises `TopicError` when a topic has less than the settings ask for, `KafkaUnreachable` when Kafka does not answer.
    """
    return ensure(settings.kafka.servers, _specs(settings), security=make_wire(settings))


def grow_topics(settings: Settings) -> dict[str, int]:
    """Adds the partitions that existing topics lack; returns how many these topics have now, by name.

    Raises `TopicError`, `KafkaUnreachable`.
    """
    return grow(settings.kafka.servers, _specs(settings), security=make_wire(settings))


def check_topics(settings: Settings) -> None:
    """Raises `TopicError` naming the topics that are missing or have less than the settings ask for, `KafkaUnreachable`
    when Kafka does not answer. Logs a warning of topics with more partitions."""
    try:
        missing = check(settings.kafka.servers, _specs(settings), security=make_wire(settings))
    except TopicError as error:
        raise TopicError(f"{error}. `casemail topics` adds topics and partitions") from error
    if missing:
        raise TopicError(f"topics are missing, run `casemail topics`: {', '.join(missing)}")


def _specs(settings: Settings) -> list[TopicSpec]:
    return [
        spec
        for stage in STAGES
        for spec in queue_specs(
            stage.topic,
            partitions=settings.topics.partitions,
            replication=settings.topics.replication,
            prefix=settings.topics.prefix,
        )
    ]
