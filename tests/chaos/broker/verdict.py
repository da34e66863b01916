"""The outcome of a round."""

from dataclasses import dataclass, field

from tests.chaos.broker.faults import Tally


@dataclass
class Verdict:
    """The figures of a round; times in seconds."""

    tally: Tally
    acknowledged: int  # healthy messages that Kafka has said to have
    worked: int  # different ones that came through the last stage
    lost: list[int]  # acknowledged, not worked on, no dead letter; while records are stuck, they may be among these
    stuck: int  # records that are not settled, delays included
    expected: int  # dead letters
    missing: list[str]  # dead letters, of those
    wrong: list[str]  # dead letters that should not be, or that name another error
    poisoned: list[int]  # healthy messages that were taken for deadly
    extra: int  # runs of the last stage beyond the first of each message
    bound: int  # of these
    went_back: list[str] = field(default_factory=list)  # committed offsets
    longest_gap: float = 0.0  # without a run while there was work
    settled_after: float = 0.0  # from the last fault and the last message
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        """What must not be, in words; empty for a round that has passed."""
        found = {
            "messages are lost": self.lost,
            "records are stuck": [self.stuck] if self.stuck else [],
            "dead letters are missing": self.missing,
            "dead letters are wrong": self.wrong,
            "healthy messages were taken for deadly": self.poisoned,
            f"extra runs, over the bound of {self.bound}": [self.extra] if self.extra > self.bound else [],
            "committed offsets went back": self.went_back,
        }
        return [f"{what}: {which}" for what, which in found.items() if which]
