"""Short rounds of chaos: nothing is lost, stuck or buried by mistake, whatever dies. `make chaos` plays long ones."""

from pathlib import Path

import pytest

from ops.embedded import Kafka
from tests.chaos.broker.round import Plan, play

ROUNDS = {
    "workers are killed": Plan(
        faults=("SIGKILL of workers", "SIGKILL of a node", "SIGKILL of workers", "SIGKILL of all nodes"),
        messages=400,
        seconds=12,
        mean_pause=2.0,
        kills=10,
    ),
    "nodes come, go and stand still, and odd messages come": Plan(
        faults=("SIGTERM", "join and leave", "SIGSTOP"), messages=300, seconds=12, mean_pause=1.0, odd=3, nodes=3
    ),
    "clocks jump by an hour": Plan(
        faults=("clock an hour ahead", "clock an hour behind"), messages=200, seconds=8, mean_pause=1.0, nodes=2
    ),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_all_messages_end_as_they_should_when(name: str, kafka: Kafka, tmp_path: Path) -> None:
    verdict = play(kafka.servers, tmp_path, ROUNDS[name], seed=1)
    assert verdict.problems == []
    assert verdict.worked == verdict.acknowledged == ROUNDS[name].messages
