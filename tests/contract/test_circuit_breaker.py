"""A queue whose messages all fail is stopped, so that they are still there when the fault is fixed."""

import dramatiq

from tests.contract.rig import Rig, eventually, stats_of


def test_a_queue_whose_messages_all_fail_stops_and_goes_on_when_it_is_fixed(rig: Rig) -> None:
    broker = rig.broker("work", breaker_count=5, breaker_ms=1_000, prefetch=8)
    seen: list[int] = []
    broken = True

    @dramatiq.actor(broker=broker, queue_name="work", retry_delays=())
    def work(number: int) -> None:
        if broken:
            raise ValueError("everything fails")
        seen.append(number)

    broker.enqueue_many([work.message(number) for number in range(200)])
    with rig.working(broker, threads=1):
        eventually(lambda: stats_of(broker, "work").stopped)
        buried = rig.count("work.XQ")
        broken = False
        eventually(lambda: rig.all_committed("work"))
        assert not stats_of(broker, "work").stopped
    assert buried < 50
    assert len(seen) + rig.count("work.XQ") == 200
    assert rig.count("work.XQ") <= buried + 20
