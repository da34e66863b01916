"""The runner: what goes wrong with us parks the mail or is tried again; nothing else happens to it."""

from collections.abc import Callable

import pytest
from dramatiq.middleware import CurrentMessage

from schemas.reasons import Reason
from schemas.records import FetchedMail, FetchOrder, Record, Rejection
from schemas.tables import new_id
from tests.world import World, in_ledger
from workers import runner
from workers.errors import Transient
from workers.house import House
from workers.pipeline import QUICK, STAGES, TOPICS, Stage


def stage(work: Callable[[Record, House], Record | None], *, parks: bool = True) -> Stage:
    return Stage("parse", FetchedMail if parks else FetchOrder, work, 1_000, QUICK, parks=parks)


def fails(error: Exception) -> Callable[[Record, House], Record | None]:
    def work(_record: Record, _house: House) -> Record | None:
        raise error

    return work


def tried(monkeypatch: pytest.MonkeyPatch, retries: int) -> None:
    """As if Dramatiq worked on a message that has been tried again so many times."""
    message = runner.message(FetchOrder(source_id=new_id(), lease=1)).copy(options={"retries": retries})
    monkeypatch.setattr(CurrentMessage, "get_current_message", lambda: message)


def run(house: House, world: World, work: Callable[[Record, House], Record | None]) -> Record | None:
    record = FetchedMail(custody=in_ledger(world))
    return runner._work(stage(work), lambda: house, record.model_dump(mode="json"))


def test_an_error_of_ours_parks_the_mail_with_its_words(house: House, world: World) -> None:
    result = run(house, world, fails(KeyError("a bug")))
    assert isinstance(result, Rejection)
    assert result.reason is Reason.INTERNAL_ERROR
    assert result.evidence == {"stage": "parse", "error": "KeyError: 'a bug'"}


def test_what_passes_by_itself_is_raised_while_there_are_tries_left(
    house: House, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(monkeypatch, len(QUICK) - 1)
    with pytest.raises(Transient):
        run(house, world, fails(Transient("later")))


def test_what_does_not_pass_by_itself_in_the_end_parks_the_mail(
    house: House, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(monkeypatch, len(QUICK))
    result = run(house, world, fails(ConnectionError("still down")))
    assert isinstance(result, Rejection)
    assert result.evidence["error"] == "ConnectionError: still down"


def test_a_stage_that_is_not_about_a_mail_raises(house: House) -> None:
    order = FetchOrder(source_id=new_id(), lease=1).model_dump(mode="json")
    with pytest.raises(KeyError):
        runner._work(stage(fails(KeyError("x")), parks=False), lambda: house, order)


def test_a_message_comes_back_from_json_as_the_record_it_was(world: World) -> None:
    record = FetchedMail(custody=in_ledger(world))
    encoder = runner.JsonEncoder()
    message = encoder.decode(encoder.encode(runner.message(record).asdict()))
    assert FetchedMail.model_validate(message["args"][0]) == record
    assert (message["queue_name"], message["actor_name"]) == ("inbound.parse", "parse")


def test_every_record_has_one_topic_and_every_topic_one_stage() -> None:
    assert sorted(stage.topic for stage in STAGES) == sorted(TOPICS.values())
    assert len({stage.name for stage in STAGES}) == len(STAGES)
