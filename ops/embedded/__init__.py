"""Apache Kafka and PostgreSQL on a machine that has neither, for the demo, the tests and the benchmark.

Both come from packages (the `embedded` extra and a locked list of jars), run in a folder of your choice, listen on
127.0.0.1 only, and end with the process that started them. Use what `__all__` names; the modules are private.
`ServerProcess` runs any server as a child process; it runs casemail's own processes as well.
"""

from ops.embedded.errors import EmbeddedServerError
from ops.embedded.install import install
from ops.embedded.kafka import Kafka
from ops.embedded.postgres import Postgres
from ops.embedded.process import ServerProcess, free_port, listens

__all__ = [
    "EmbeddedServerError",
    "Kafka",
    "Postgres",
    "ServerProcess",
    "free_port",
    "install",
    "listens",
]
