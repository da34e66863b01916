"""A Kafka of three brokers and a controller, each a process that can be killed and started again."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ops.embedded import Kafka, free_port
from workers.broker.clients.factory import admin

CLUSTER_ID = "three-nodes-of-a-test0"  # any 16 bytes in base64
CONTROLLER_ID = 100
BROKER_IDS = (1, 2, 3)


class Node(Kafka):
    """A node of a Kafka of several, with the number `node_id`; `controllers` is host:port of the controller."""

    HEAP = "256m"
    ROLE = "broker"

    def __init__(self, folder: Path, node_id: int, controllers: str) -> None:
        super().__init__(folder)
        self.node_id = node_id
        self._controllers = controllers

    def _cluster_id(self) -> str:
        return CLUSTER_ID

    def _properties(self) -> dict[str, str]:
        return super()._properties() | {
            "process.roles": self.ROLE,
            "node.id": str(self.node_id),
            "listeners": f"PLAINTEXT://{self.servers}",
            "controller.quorum.voters": f"{CONTROLLER_ID}@{self._controllers}",
            "offsets.topic.replication.factor": "3",
            "broker.session.timeout.ms": "2000",
            "replica.lag.time.max.ms": "2000",  # or producers wait for a dead copy for 30 s
            "controlled.shutdown.enable": "false",  # or the last node to be stopped would wait for the other nodes
        }


class Controller(Node):
    """The node that elects leaders; it has no clients, and is never killed here."""

    HEAP = "128m"
    ROLE = "controller"

    def _properties(self) -> dict[str, str]:
        return super()._properties() | {"listeners": f"CONTROLLER://{self.servers}"}

    def _answers(self) -> bool:
        return True  # needs no check: the brokers start only once the controller answers


class KafkaNodes:
    """Three brokers and a controller in `folder`, from entry to exit."""

    def __init__(self, folder: Path) -> None:
        controllers = f"127.0.0.1:{free_port()}"
        self.controller = Controller(folder / "controller", CONTROLLER_ID, controllers)
        self.controller.port = int(controllers.rpartition(":")[2])
        self.brokers = {number: Node(folder / f"broker-{number}", number, controllers) for number in BROKER_IDS}

    @property
    def servers(self) -> str:
        """The bootstrap addresses: host:port, separated by commas."""
        return ",".join(broker.servers for broker in self.brokers.values())

    def leader(self, topic: str, partition: int) -> int:
        """Returns the number of the broker that leads the partition, -1 for none."""
        with admin(self.servers) as client:
            described: list[dict[str, Any]] = client.describe_topics([topic])[0]["partitions"]
        return next(int(found["leader_id"]) for found in described if found["partition_index"] == partition)

    def in_sync(self, topics: Iterable[str]) -> bool:
        """Returns whether all replicas of `topics` are in sync."""
        with admin(self.servers) as client:
            described = client.describe_topics(list(topics))
        return all(len(found["isr_nodes"]) == len(BROKER_IDS) for topic in described for found in topic["partitions"])

    def coordinator(self, group: str) -> int:
        """Returns the number of the broker that coordinates the group."""
        with admin(self.servers) as client:
            return int(client._manager.run(client._find_coordinator_id, group))

    def start(self, numbers: Iterable[int] = BROKER_IDS) -> None:
        """Starts the brokers `numbers` in parallel; returns when all answer."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda number: self.brokers[number].start(), numbers))

    def __enter__(self) -> Self:
        self.controller.start()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in (*self.brokers.values(), self.controller):
            node.kill()  # nobody reads its data again
