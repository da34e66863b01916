"""Kafka as casemail uses it: the broker, and the topics of the pipeline."""

from schemas.settings import Settings
from workers.broker import ClientOptions, KafkaBroker, Security, TopicError, TopicSpec, check, ensure, queue_specs
from workers.pipeline import STAGES

GROUP_PREFIX = "casemail"


def make_broker(settings: Settings) -> KafkaBroker:
    """The Dramatiq broker of a process; talks to Kafka when first used."""
    return KafkaBroker(
        settings.kafka_servers,
        group_prefix=GROUP_PREFIX,
        topic_prefix=settings.topic_prefix,
        options=ClientOptions(wire=make_wire(settings)),
    )


def make_wire(settings: Settings) -> Security:
    """How the connections to Kafka are secured."""
    password = settings.kafka_password
    return Security(
        protocol=settings.kafka_security_protocol,
        ca_file=settings.kafka_ca_file,
        cert_file=settings.kafka_cert_file,
        key_file=settings.kafka_key_file,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=None if password is None else password.get_secret_value(),
    )


def ensure_topics(settings: Settings) -> list[str]:
    """Makes the topics that are missing and returns their names.

    Raises `TopicError` when one differs from the settings, `KafkaUnreachable` when Kafka does not answer (to us).
    """
    return ensure(settings.kafka_servers, _specs(settings), wire=make_wire(settings))


def check_topics(settings: Settings) -> None:
    """Raises `TopicError` naming the topics that are missing or differ from the settings, `KafkaUnreachable` when Kafka
    does not answer."""
    if missing := check(settings.kafka_servers, _specs(settings), wire=make_wire(settings)):
        raise TopicError(f"topics are missing, run `casemail topics` to make them: {', '.join(missing)}")


def _specs(settings: Settings) -> list[TopicSpec]:
    return [
        spec
        for stage in STAGES
        for spec in queue_specs(
            stage.topic,
            partitions=settings.topic_partitions,
            replication=settings.topic_replication,
            prefix=settings.topic_prefix,
        )
    ]
