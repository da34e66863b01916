"""The offset ledger, by example and against a plain model of it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from workers.broker.reading.offsets import OffsetTracker

EPOCH = 7


def ledger_of(*offsets: int, window: int = 100) -> OffsetTracker:
    ledger = OffsetTracker(EPOCH, window)
    for offset in offsets:
        ledger.deliver(offset)
    return ledger


def test_nothing_delivered_commits_nothing() -> None:
    assert ledger_of().committable is None


def test_the_oldest_open_offset_is_committed() -> None:
    ledger = ledger_of(3, 4, 5)
    ledger.settle(4, EPOCH)
    ledger.settle(5, EPOCH)
    assert ledger.committable == 3


def test_all_settled_commits_the_offset_after_the_last() -> None:
    ledger = ledger_of(3, 4, 9)
    for offset in (9, 3, 4):
        assert ledger.settle(offset, EPOCH)
    assert ledger.committable == 10
    assert len(ledger) == 0


def test_offset_0_is_an_offset() -> None:
    assert ledger_of(0).committable == 0


def test_a_gap_in_the_offsets_holds_nothing_up() -> None:
    ledger = ledger_of(1, 5, 6)
    ledger.settle(1, EPOCH)
    assert ledger.committable == 5


def test_an_offset_in_a_gap_cannot_settle() -> None:
    ledger = ledger_of(1, 5)
    assert not ledger.settle(3, EPOCH)
    assert len(ledger) == 2


def test_a_settle_from_another_epoch_settles_nothing() -> None:
    ledger = ledger_of(1)
    assert not ledger.settle(1, EPOCH - 1)
    assert ledger.committable == 1


def test_an_offset_settles_once() -> None:
    ledger = ledger_of(1, 2)
    assert ledger.settle(2, EPOCH)
    assert not ledger.settle(2, EPOCH)


@pytest.mark.parametrize("offset", [4, 5])
def test_offsets_must_rise(offset: int) -> None:
    ledger = ledger_of(5)
    with pytest.raises(ValueError, match="came after offset 5"):
        ledger.deliver(offset)


def test_one_stuck_offset_fills_the_window() -> None:
    ledger = ledger_of(1, 2, 3, window=3)
    ledger.settle(2, EPOCH)
    ledger.settle(3, EPOCH)
    assert ledger.full
    ledger.settle(1, EPOCH)
    assert not ledger.full


class LedgerAgainstModel(RuleBasedStateMachine):
    """The model keeps every offset ever delivered, and works out each answer from all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = OffsetTracker(EPOCH, window=8)
        self.settled: dict[int, bool] = {}

    @rule(gap=st.integers(1, 4))
    def deliver(self, gap: int) -> None:
        offset = max(self.settled, default=-1) + gap
        self.ledger.deliver(offset)
        self.settled[offset] = False

    @precondition(lambda self: self.settled)
    @rule(data=st.data(), epoch=st.sampled_from([EPOCH, EPOCH, EPOCH, EPOCH - 1]))
    def settle(self, data: st.DataObject, epoch: int) -> None:
        offset = data.draw(st.integers(-1, max(self.settled) + 1))
        expected = epoch == EPOCH and self.settled.get(offset) is False
        assert self.ledger.settle(offset, epoch) is expected
        if expected:
            self.settled[offset] = True

    @precondition(lambda self: self.settled)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        with pytest.raises(ValueError, match="came after"):
            self.ledger.deliver(data.draw(st.integers(0, max(self.settled))))

    @invariant()
    def agrees(self) -> None:
        is_open = [offset for offset, settled in self.settled.items() if not settled]
        after_all = max(self.settled) + 1 if self.settled else None
        assert self.ledger.committable == (min(is_open) if is_open else after_all)
        kept = [offset for offset in self.settled if is_open and offset >= min(is_open)]
        assert len(self.ledger) == len(kept)
        assert self.ledger.full == (len(kept) >= 8)


LedgerAgainstModel.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLedgerAgainstModel = LedgerAgainstModel.TestCase
