"""The offset tracker, tested by example and against a plain model."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from workers.broker.reading.offsets import OffsetTracker

EPOCH = 7


def tracker_of(*offsets: int, window: int = 100) -> OffsetTracker:
    tracker = OffsetTracker(EPOCH, window)
    for offset in offsets:
        tracker.deliver(offset)
    return tracker


def test_nothing_delivered_commits_nothing() -> None:
    assert tracker_of().committable is None


def test_the_oldest_open_offset_is_committed() -> None:
    tracker = tracker_of(3, 4, 5)
    tracker.settle(4, EPOCH)
    tracker.settle(5, EPOCH)
    assert tracker.committable == 3


def test_all_settled_commits_the_offset_after_the_last() -> None:
    tracker = tracker_of(3, 4, 9)
    for offset in (9, 3, 4):
        assert tracker.settle(offset, EPOCH)
    assert tracker.committable == 10
    assert len(tracker) == 0


def test_offset_0_is_an_offset() -> None:
    assert tracker_of(0).committable == 0


def test_a_gap_in_the_offsets_holds_nothing_up() -> None:
    tracker = tracker_of(1, 5, 6)
    tracker.settle(1, EPOCH)
    assert tracker.committable == 5


def test_an_offset_in_a_gap_cannot_settle() -> None:
    tracker = tracker_of(1, 5)
    assert not tracker.settle(3, EPOCH)
    assert len(tracker) == 2


def test_a_settle_from_another_epoch_settles_nothing() -> None:
    tracker = tracker_of(1)
    assert not tracker.settle(1, EPOCH - 1)
    assert tracker.committable == 1


def test_an_offset_settles_once() -> None:
    tracker = tracker_of(1, 2)
    assert tracker.settle(2, EPOCH)
    assert not tracker.settle(2, EPOCH)


@pytest.mark.parametrize("offset", [4, 5])
def test_offsets_must_rise(offset: int) -> None:
    tracker = tracker_of(5)
    with pytest.raises(ValueError, match="came after offset 5"):
        tracker.deliver(offset)


def test_one_stuck_offset_fills_the_window() -> None:
    tracker = tracker_of(1, 2, 3, window=3)
    tracker.settle(2, EPOCH)
    tracker.settle(3, EPOCH)
    assert tracker.full
    tracker.settle(1, EPOCH)
    assert not tracker.full


class TrackerAgainstModel(RuleBasedStateMachine):
    """The model keeps every offset ever delivered, and computes each answer from all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = OffsetTracker(EPOCH, window=8)
        self.settled: dict[int, bool] = {}

    @rule(gap=st.integers(1, 4))
    def deliver(self, gap: int) -> None:
        offset = max(self.settled, default=-1) + gap
        self.tracker.deliver(offset)
        self.settled[offset] = False

    @precondition(lambda self: self.settled)
    @rule(data=st.data(), epoch=st.sampled_from([EPOCH, EPOCH, EPOCH, EPOCH - 1]))
    def settle(self, data: st.DataObject, epoch: int) -> None:
        offset = data.draw(st.integers(-1, max(self.settled) + 1))
        expected = epoch == EPOCH and self.settled.get(offset) is False
        assert self.tracker.settle(offset, epoch) is expected
        if expected:
            self.settled[offset] = True

    @precondition(lambda self: self.settled)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        with pytest.raises(ValueError, match="came after"):
            self.tracker.deliver(data.draw(st.integers(0, max(self.settled))))

    @invariant()
    def agrees(self) -> None:
        is_open = [offset for offset, settled in self.settled.items() if not settled]
        after_all = max(self.settled) + 1 if self.settled else None
        assert self.tracker.committable == (min(is_open) if is_open else after_all)
        kept = [offset for offset in self.settled if is_open and offset >= min(is_open)]
        assert len(self.tracker) == len(kept)
        assert self.tracker.full == (len(kept) >= 8)


TrackerAgainstModel.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestTrackerAgainstModel = TrackerAgainstModel.TestCase
