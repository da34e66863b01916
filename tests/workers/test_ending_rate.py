"""The measured rate of endings, from which the limit of mails in the topics follows."""

import pytest

from ops.kafka import make_broker
from schemas.tables import MailState
from storage.ledger import endings
from storage.ledger.endings import End
from storage.resources import Resources
from tests.builders.world import World, in_ledger
from workers.dispatcher import LEAST_TOGETHER, Dispatcher
from workers.ending_rate import SPAN_SECONDS, EndingRate


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = EndingRate()
    assert rate.per_second == 0
    rate.note(100.0, 5_000)
    assert rate.per_second == 0
    for second in range(1, 21):
        rate.note(100.0 + second, 5_000 + 10 * second)
    assert rate.per_second == pytest.approx(10)
    for second in range(int(SPAN_SECONDS) + 1):
        rate.note(121.0 + second, 5_210 + 300 * second)
    assert rate.per_second == pytest.approx(300)


def test_mails_that_a_person_puts_back_make_no_negative_rate() -> None:
    rate = EndingRate()
    rate.note(1.0, 100)
    rate.note(2.0, 40)
    assert rate.per_second == 0


def test_what_ends_in_the_ledger_raises_the_limit_of_the_topics(resources: Resources, world: World) -> None:
    dispatcher = Dispatcher(resources, make_broker(resources.settings))
    assert dispatcher.together == LEAST_TOGETHER
    before = len(dispatcher._rate._seen)
    dispatcher.measure()
    mails = [in_ledger(world) for _ in range(3)]
    with resources.database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(mail.mail_id, MailState.HELD) for mail in mails])
    dispatcher.measure()
    (_, first), (at, last) = list(dispatcher._rate._seen)[before:]
    assert last - first == 0, "these mails were never received"
    dispatcher._rate.note(at + 1, last + 10_000)
    assert dispatcher.together > LEAST_TOGETHER
