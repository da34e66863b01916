"""A casemail behind proxies that can break its connections to PostgreSQL and Kafka."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import make_url

from ops.cluster import Cluster
from tests.servers.silent_proxy import ProxiedKafka, Proxy

#: Short deadlines, so that a silent PostgreSQL is noticed soon.
DEADLINES = {"database_connect_seconds": "2", "database_statement_seconds": "4", "database_system_seconds": "3"}


class ProxiedCluster(Cluster):
    """A casemail that knows PostgreSQL and Kafka only through proxies."""

    def __init__(self, folder: Path, postgres: Proxy, kafka: Proxy, overrides: Mapping[str, str]) -> None:
        super().__init__(folder, overrides=overrides)
        self.proxy, self._kafka_proxy = postgres, kafka
        self.kafka = ProxiedKafka(folder / "kafka", kafka)
        for role in ("webhook", "api"):
            self.add_process(role, (role,))

    def _values(self) -> dict[str, str]:
        assert self.postgres is not None
        self.proxy.target = self.postgres.port
        url = make_url(self.postgres.url).set(port=self.proxy.port).render_as_string(hide_password=False)
        return super()._values() | {"database_url": url, "kafka_servers": self._kafka_proxy.address}
