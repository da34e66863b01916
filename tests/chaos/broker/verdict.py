"""The outcome of a round."""

from dataclasses import dataclass, field

from tests.chaos.broker.faults import Tally


@dataclass
class Verdict:
    """The figures of a round; times in seconds."""

    tally: Tally
    acknowledged: int  # healthy messages that Kafka has acknowledged
    worked: int  # different messages that came through the last stage
    lost: list[int]  # acknowledged, not worked on, not in `poisoned`; messages that are stuck may be among these
    stuck: int  # records that are not settled, delays included
    expected: int  # dead letters
    missing: list[str]  # expected dead letters that are not there
    wrong: list[str]  # dead letters that should not be, or that name another error
    poisoned: list[int]  # healthy messages that were taken for poison messages
    extra: int  # runs of the last stage beyond the first of each message
    bound: int  # the highest allowed `extra`
    went_back: list[str] = field(default_factory=list)  # committed offsets that went back
    longest_gap: float = 0.0  # the longest time without a run while there was work
    settled_after: float = 0.0  # from the last fault and the last message
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        """The problems, in words; empty for a round that has passed."""
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
