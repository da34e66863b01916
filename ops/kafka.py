"""Kafka for casemail: the broker, and the topics of the pipeline."""

from schemas.settings import Settings
from workers.broker import ClientOptions, KafkaBroker, Security, TopicError, TopicSpec, check, ensure, queue_specs
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

    Raises `TopicError` when a topic differs from the settings, `KafkaUnreachable` when Kafka does not answer.
    """
    return ensure(settings.kafka.servers, _specs(settings), security=make_wire(settings))


def check_topics(settings: Settings) -> None:
    """Raises `TopicError` naming the topics that are missing or differ from the settings, `KafkaUnreachable` when Kafka
    does not answer."""
    if missing := check(settings.kafka.servers, _specs(settings), security=make_wire(settings)):
        raise TopicError(f"topics are missing, run `casemail topics` to make them: {', '.join(missing)}")


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
