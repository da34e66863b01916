"""The demo works although Kafka is killed."""

import os
import signal
from pathlib import Path

from ops.demo import checks
from ops.demo.demo import Demo


def test_kafka_killed_in_the_demo_changes_nothing_of_what_becomes_of_its_mails(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.seed()
        assert demo.cluster.kafka is not None
        os.kill(demo.cluster.kafka.pid, signal.SIGKILL)
        # the mails are taken while Kafka is away; the demo starts it again
        demo.deliver()
        assert checks.everything(demo, demo.wait(90)) == []
    # the processes that examined files ended cleanly, too
    assert demo.cluster.forced == []
