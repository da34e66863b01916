"""Short rounds of chaos: no message is lost or stuck, and only the expected messages end as dead letters."""

from pathlib import Path

from ops.embedded import Kafka
from tests.chaos.broker.faults import SESSION_SECONDS
from tests.chaos.broker.round import Plan, play


def test_workers_and_nodes_killed_in_volleys_lose_nothing(kafka: Kafka, tmp_path: Path) -> None:
    faults = ("SIGKILL of workers", "SIGKILL of a node", "SIGKILL of workers")
    verdict = play(kafka.servers, tmp_path, Plan(faults, 400, seconds=15, mean_pause=2, kills=10), seed=3)
    assert verdict.problems == []
    assert verdict.tally.kills >= 10


def test_nodes_that_leave_cleanly_are_followed_at_once_and_nothing_is_worked_on_twice(
    kafka: Kafka, tmp_path: Path
) -> None:
    verdict = play(kafka.servers, tmp_path, Plan(("SIGTERM for good",) * 2, 300, seconds=9, mean_pause=2), seed=1)
    assert verdict.problems == []
    assert verdict.extra == 0
    assert verdict.longest_gap < SESSION_SECONDS


def test_odd_messages_are_dead_letters_while_nodes_join_and_leave(kafka: Kafka, tmp_path: Path) -> None:
    plan = Plan(("join and leave", "SIGTERM"), 300, seconds=10, mean_pause=1, odd=3, nodes=2)
    verdict = play(kafka.servers, tmp_path, plan, seed=1)
    assert verdict.problems == []
    assert verdict.expected == 12


def test_a_node_that_was_frozen_longer_than_its_session_takes_nothing_back(kafka: Kafka, tmp_path: Path) -> None:
    verdict = play(kafka.servers, tmp_path, Plan(("SIGSTOP",), 300, seconds=10, mean_pause=1, nodes=2), seed=1)
    assert verdict.problems == []
    assert verdict.tally.frozen


def test_a_clock_that_is_an_hour_behind_or_ahead_for_a_while_loses_nothing(kafka: Kafka, tmp_path: Path) -> None:
    faults = ("clock an hour behind", "clock an hour ahead") * 2
    plan = Plan(faults, 400, seconds=16, mean_pause=0.5, nodes=2, settle_seconds=20)
    assert play(kafka.servers, tmp_path, plan, seed=1).problems == []
