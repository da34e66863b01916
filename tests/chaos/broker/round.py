"""A round: messages flow through a fleet while faults strike it; then everything must have ended as it should."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dramatiq.common import dq_name
from kafka.errors import KafkaError

from tests.chaos.broker.faults import FAULTS, KILL_WORKERS, SESSION_SECONDS, Tally
from tests.chaos.broker.fleet import Fleet
from tests.chaos.broker.messages import Letters, identity
from tests.chaos.broker.runs import Runs
from tests.chaos.broker.verdict import Verdict
from tests.chaos.broker.watch import Watch
from tests.contract.rig import Rig
from workers.broker import lag

QUEUES = ("first", "second")
PARTITIONS = 6
PREFETCH = 16
POISON = "PoisonError"
JOIN_SECONDS = 60.0
STEADY_SECONDS = 2.0  # longer than a member takes to give up partitions to other members


@dataclass(frozen=True)
class Plan:
    """The plan of a round; times in seconds. `faults` are names from FAULTS, with a random pause before each."""

    faults: tuple[str, ...]
    messages: int
    seconds: float  # over which the messages are sent
    mean_pause: float
    kills: int = 0  # after `faults`, workers are killed until so many were killed in all
    odd: int = 0  # times that one of each odd kind is sent
    nodes: int = 4
    settle_seconds: float = 60.0  # from the last fault and the last message to the end of all


def play(servers: str, folder: Path, plan: Plan, seed: int) -> Verdict:
    """Plays a round on the Kafka at `servers`; the files that its processes write stay in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    rig = Rig(servers)
    try:
        return Round(rig, folder, plan, seed).play()
    finally:
        rig.close()


class Round:
    """One round, on new topics."""

    def __init__(self, rig: Rig, folder: Path, plan: Plan, seed: int) -> None:
        self._rig = rig
        self._plan = plan
        self._seed = seed
        self._folder = folder
        self._broker = rig.broker(*QUEUES, partitions=PARTITIONS)
        self._letters = Letters(rig, self._broker)
        self._runs = Runs(folder)
        self._tally = Tally()

    def play(self) -> Verdict:
        """Runs the round, waits until all messages have ended, and returns the verdict."""
        begun = time.monotonic()
        groups = [self._broker.group(name) for queue in QUEUES for name in (queue, dq_name(queue))]
        fleet = Fleet(self._plan.nodes, self._folder, self._environment())
        watch = Watch(self._rig.servers, groups, self._runs, self._pending)
        with fleet, watch:
            processes = self._plan.nodes + 1  # the last node has two
            self._wait_until_joined(groups, processes)
            with self._sending():
                self._strike(fleet)
            ended = time.monotonic()
            stuck = self._wait_until_settled()
            settled_after = time.monotonic() - ended
        assert watch.looks, "the commits were never seen"
        self._runs.look()
        verdict = self._judge(stuck, fleet)
        verdict.went_back, verdict.longest_gap = watch.went_back, watch.longest_gap
        verdict.settled_after, verdict.seconds = settled_after, time.monotonic() - begun
        return verdict

    def _wait_until_joined(self, groups: list[str], processes: int) -> None:
        """Waits until all `processes` are in all groups, and all groups have been stable for `STEADY_SECONDS`.

        Messages of partitions that change hands during the joins may be worked on twice; a round does not test that.
        """
        since: float | None = None
        deadline = time.monotonic() + JOIN_SECONDS
        while since is None or time.monotonic() - since < STEADY_SECONDS:
            assert time.monotonic() < deadline, f"the groups were not steady within {JOIN_SECONDS} s"
            since = (since or time.monotonic()) if self._have_joined(groups, processes) else None
            time.sleep(0.1)

    def _have_joined(self, groups: list[str], processes: int) -> bool:
        try:
            found = self._rig.admin.describe_groups(groups).values()
        except KafkaError:
            return False  # a group is not there yet
        return all(len(group["members"]) == processes and group["group_state"] == "Stable" for group in found)

    def _environment(self) -> dict[str, str]:
        return {
            "CHAOS_SERVERS": self._rig.servers,
            "CHAOS_PREFIX": self._rig.prefix,
            "CHAOS_FOLDER": str(self._folder),
            "CHAOS_PREFETCH": str(PREFETCH),
            "CHAOS_SESSION_MS": str(round(SESSION_SECONDS * 1000)),
            "PYTHONWARNINGS": "ignore",
        }

    @contextmanager
    def _sending(self) -> Iterator[None]:
        """Sends the messages in a thread during the block, and waits until all are sent. Raises the sender's errors."""
        plan = self._plan
        with ThreadPoolExecutor(1) as pool:
            chance = random.Random(self._seed)
            sending = pool.submit(self._letters.send, plan.messages, plan.seconds, plan.odd, chance)
            yield
            sending.result()

    def _strike(self, fleet: Fleet) -> None:
        chance = random.Random(self._seed)
        for name in self._faults():
            time.sleep(chance.expovariate(1 / self._plan.mean_pause))
            self._tally.faults[name] += 1
            FAULTS[name](fleet, chance, self._tally)

    def _faults(self) -> Iterator[str]:
        yield from self._plan.faults
        while self._tally.kills < self._plan.kills:
            yield KILL_WORKERS

    def _pending(self) -> bool:
        return len(self._letters.acknowledged) > len(self._runs.by_number)

    def _wait_until_settled(self) -> int:
        """Waits until no record is unsettled, twice in a row; returns how many are unsettled when the time is over."""
        deadline, empty_looks, behind = time.monotonic() + self._plan.settle_seconds, 0, 0
        while empty_looks < 2 and time.monotonic() < deadline:  # a message may change queues during a look
            behind = sum(self._lag(queue) for queue in QUEUES)
            empty_looks = 0 if behind else empty_looks + 1
            time.sleep(0.3)
        return behind

    def _lag(self, queue: str) -> int:
        topics = self._broker.topics(queue)
        read_by = {queue: [topics.main], dq_name(queue): list(topics.delays)}
        lags = [lag(self._rig.servers, self._broker.group(name), read) for name, read in read_by.items()]
        return sum(sum(of_group.values()) for of_group in lags)

    def _dead_letters(self) -> dict[str, str]:
        """Returns the error that each dead letter names, by identity."""
        records = [record for queue in QUEUES for record in self._rig.records(f"{queue}.XQ")]
        return {identity(record.value): dict(record.headers)["dead-letter.error"].decode() for record in records}

    def _judge(self, stuck: int, fleet: Fleet) -> Verdict:
        dead, letters, worked = self._dead_letters(), self._letters, set(self._runs.by_number)
        healthy = {f"{stage} {number}": number for number in letters.acknowledged for stage in QUEUES}
        poisoned = {number for name, number in healthy.items() if dead.get(name) == POISON}
        return Verdict(
            tally=self._tally,
            acknowledged=len(letters.acknowledged),
            worked=len(worked),
            lost=sorted(letters.acknowledged - worked - poisoned),
            stuck=stuck,
            expected=len(letters.doomed),
            missing=sorted(letters.doomed.keys() - dead.keys()),
            wrong=sorted(
                f"{name}: {error}"
                for name, error in dead.items()
                if letters.doomed.get(name) != error and not (name in healthy and error == POISON)
            ),
            poisoned=sorted(poisoned),
            extra=self._runs.extra,
            bound=self._most_extra_runs(fleet),
        )

    def _most_extra_runs(self, fleet: Fleet) -> int:
        """Returns how many messages both queues may have had in flight at all deaths, and at all joins, which take
        partitions away."""
        joins = self._plan.nodes + 1 + fleet.starts
        return len(QUEUES) * PREFETCH * (self._tally.kills + self._tally.frozen + joins)
