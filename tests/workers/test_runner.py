"""The runner: when a stage fails, the mail is parked or tried again, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.message import Message
from dramatiq.middleware import CurrentMessage

from schemas.reasons import Reason
from schemas.records import FetchedMail, FetchOrder, ParsedMail, ProofOrder, Record, Rejection, Verdict
from schemas.tables import new_id
from storage.blobs.store import BlobMissingError
from storage.resources import Resources
from tests.builders.world import World, in_ledger, make_world, parsed
from workers import runner
from workers.batching import each, per_tenant
from workers.broker import NotYetError, PoisonError
from workers.errors import TransientError
from workers.pipeline import QUICK, STAGES, TOPICS, Stage


@pytest.fixture(autouse=True)
def our_encoder() -> None:
    dramatiq.set_encoder(runner.JsonEncoder())


One = Callable[[Record, Resources], Record | None]


def stage(work: One, *, parks: bool = True) -> Stage:
    return Stage("parse", FetchedMail if parks else FetchOrder, each(work), 1_000, QUICK, parks=parks)


def fails(error: Exception) -> One:
    def work(_record: Record, _resources: Resources) -> Record | None:
        raise error

    return work


def tried(monkeypatch: pytest.MonkeyPatch, retries: int) -> None:
    """Makes Dramatiq's current message one that has been retried this many times."""
    (order,) = runner.messages([FetchOrder(source_id=new_id(), lease=1)])
    message = order.copy(options={"retries": retries})
    monkeypatch.setattr(CurrentMessage, "get_current_message", lambda: message)


def run(resources: Resources, world: World, work: One) -> Record | None:
    record = FetchedMail(custody=in_ledger(world))
    results = runner._work(stage(work), lambda: resources, [record.model_dump(mode="json")])
    assert results is not None
    return results[0]


def test_an_error_of_ours_parks_the_mail_with_its_words(resources: Resources, world: World) -> None:
    result = run(resources, world, fails(KeyError("a bug")))
    assert isinstance(result, Rejection)
    assert result.reason is Reason.INTERNAL_ERROR
    assert result.evidence == {"stage": "parse", "error": "KeyError: 'a bug'"}


def test_what_passes_by_itself_is_raised_while_there_are_tries_left(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(monkeypatch, len(QUICK) - 1)
    with pytest.raises(TransientError):
        run(resources, world, fails(TransientError("later")))


def test_what_does_not_pass_by_itself_in_the_end_parks_the_mail(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(monkeypatch, len(QUICK))
    result = run(resources, world, fails(ConnectionError("still down")))
    assert isinstance(result, Rejection)
    assert result.evidence["error"] == "ConnectionError: still down"


def test_who_knows_what_a_mail_is_to_be_held_for_in_the_end_says_so(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(monkeypatch, len(QUICK))
    result = run(resources, world, fails(TransientError("no name server", reason=Reason.SENDER_NOT_CHECKED)))
    assert isinstance(result, Rejection)
    assert result.reason is Reason.SENDER_NOT_CHECKED


def test_what_no_retry_brings_through_goes_on_as_the_stage_says(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the sender can't be checked and the tenant lets such mail post, the mail goes on, but never as proven."""
    (authenticating,) = (stage for stage in STAGES if stage.name == "authenticate")
    work = each(fails(TransientError("no name server", reason=Reason.SENDER_NOT_CHECKED)))
    mail = parsed(in_ledger(world), world.email("client"))

    def end(*, must_know: bool) -> Record | None:
        order = ProofOrder(parsed=mail, may_wait=True, must_know=must_know)
        results = runner._work(replace(authenticating, work=work), lambda: resources, [order.model_dump(mode="json")])
        assert results is not None
        return results[0]

    tried(monkeypatch, len(QUICK) - 1)
    with pytest.raises(TransientError):
        end(must_know=False)
    tried(monkeypatch, len(QUICK))
    on = end(must_know=False)
    assert isinstance(on, ParsedMail)
    assert on.proof is not None
    assert (on.proof.verdict, on.is_unproven) == (Verdict.UNKNOWN, True)
    held = end(must_know=True)
    assert isinstance(held, Rejection)
    assert held.reason is Reason.SENDER_NOT_CHECKED


def test_a_stage_that_is_not_about_a_mail_raises(resources: Resources) -> None:
    order = FetchOrder(source_id=new_id(), lease=1).model_dump(mode="json")
    with pytest.raises(KeyError):
        runner._work(stage(fails(KeyError("x")), parks=False), lambda: resources, [order])


def fetched(world: World, count: int, *, recipient: str = "a@b") -> list[FetchedMail]:
    return [FetchedMail(custody=in_ledger(world, recipient=recipient)) for _ in range(count)]


def read(message: Message[None]) -> list[FetchedMail]:
    """Returns the records of a message after encoding it as JSON and decoding it again."""
    encoder = runner.JsonEncoder()
    back = encoder.decode(encoder.encode(dict(message.asdict())))
    assert (back["queue_name"], back["actor_name"]) == ("inbound.parse", "parse")
    return [FetchedMail.model_validate(payload) for payload in back["args"][0]]


def test_records_travel_together_and_come_back_from_json_as_they_were(world: World) -> None:
    records = fetched(world, 45)
    shares = [read(message) for message in runner.messages(records)]
    assert [len(share) for share in shares] == [20, 20, 5]
    assert [record for share in shares for record in share] == records


def test_records_travel_alone_where_that_is_asked_for_or_the_table_says_so(world: World) -> None:
    assert len(runner.messages(fetched(world, 3), alone=True)) == 3
    assert len(runner.messages([FetchOrder(source_id=new_id(), lease=lease) for lease in range(3)])) == 3


def test_a_message_stays_small_whatever_its_records_hold(world: World) -> None:
    records = fetched(world, 20, recipient="x" * 30_000 + "@b")
    messages = runner.messages(records)
    assert all(len(message.encode()) < 256 * 1024 for message in messages)
    assert [record for message in messages for record in read(message)] == records


def test_records_that_fail_together_go_on_alone_each_to_its_own_end(resources: Resources, world: World) -> None:
    broker = StubBroker(middleware=[])
    bad, good = fetched(world, 2)

    def work(record: Record, _resources: Resources) -> Record | None:
        if record == bad:
            raise KeyError("a bug")
        return None

    both = [record.model_dump(mode="json") for record in (bad, good)]
    broker.declare_queue("inbound.parse")
    runner._run(stage(work), broker, lambda: resources, both)
    queued = [Message.decode(broker.queues["inbound.parse"].get_nowait()) for _ in both]
    assert [read(message) for message in queued] == [[bad], [good]]
    (rejection,) = runner._work(stage(work), lambda: resources, queued[0].args[0]) or ()
    assert isinstance(rejection, Rejection)
    assert rejection.custody == bad.custody
    assert runner._work(stage(work), lambda: resources, queued[1].args[0]) == [None]


def test_mails_of_several_tenants_are_worked_on_tenant_by_tenant(world: World, resources: Resources) -> None:
    other = make_world(world.owner_url)
    mine, theirs = fetched(world, 2), fetched(other, 1)
    seen: list[list[Record]] = []

    def work(records: Sequence[FetchedMail], _resources: Resources) -> list[Record | None]:
        seen.append(list(records))
        return list(records)

    mixed = [mine[0], theirs[0], mine[1]]
    assert per_tenant(work)(mixed, resources) == mixed
    assert seen == [mine, theirs]


def test_every_record_has_one_topic_and_every_topic_one_stage() -> None:
    assert sorted(stage.topic for stage in STAGES) == sorted(TOPICS.values())
    assert len({stage.name for stage in STAGES}) == len(STAGES)


def dead_letter(payloads: list[Any], failure: Exception | None) -> Any:
    """Returns a message of the parse stage as Dramatiq passes it to a hook; `failure` ended its last delivery."""
    message = runner._message(STAGES[1], payloads)
    return SimpleNamespace(
        queue_name=message.queue_name, args=message.args, delivery=SimpleNamespace(last_failure=failure)
    )


def sent_on(failure: Exception | None, records: Sequence[Record]) -> list[Message[Any]]:
    """Returns the messages that are sent when a message of the parse stage becomes a dead letter."""
    broker = StubBroker(middleware=[])
    for topic in ("inbound.parse", "inbound.deadletter"):
        broker.declare_queue(topic)
    skipped = dead_letter([record.model_dump(mode="json") for record in records], failure)
    runner.PoisonSplitter().after_skip_message(broker, skipped)
    return [Message.decode(queue.get_nowait()) for queue in broker.queues.values() for _ in range(queue.qsize())]


def test_mails_over_which_workers_died_go_on_alone(world: World) -> None:
    records = fetched(world, 3)
    assert [read(message) for message in sent_on(PoisonError("x"), records)] == [[record] for record in records]


def test_a_mail_alone_over_which_workers_died_is_parked(world: World) -> None:
    (record,) = fetched(world, 1)
    (message,) = sent_on(PoisonError("its workers died over it"), [record])
    rejection = Rejection.model_validate(message.args[0][0])
    assert (message.queue_name, rejection.reason) == ("inbound.deadletter", Reason.INTERNAL_ERROR)
    assert rejection.custody == record.custody
    assert "died" in rejection.evidence["error"]


def test_what_failed_of_anything_else_was_parked_already(world: World) -> None:
    assert sent_on(KeyError("x"), fetched(world, 1)) == []


def test_a_blob_that_is_not_there_is_tried_again_and_then_held_for_a_reason_of_its_own(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads(_record: Record, resources: Resources) -> Record | None:
        resources.blobs.get(f"{world.tenant_id}/raw/{new_id()}/{'0' * 64}")
        return None

    tried(monkeypatch, len(QUICK) - 1)
    with pytest.raises(BlobMissingError):
        run(resources, world, reads)
    tried(monkeypatch, len(QUICK))
    result = run(resources, world, reads)
    assert isinstance(result, Rejection)
    assert result.reason is Reason.ORIGINAL_MISSING


def test_a_record_of_a_later_version_is_left_to_newer_workers(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(monkeypatch, len(QUICK))
    later = FetchedMail(custody=in_ledger(world)).model_dump(mode="json") | {"version": 2, "custody": "unknown"}
    with pytest.raises(NotYetError, match="version 2"):
        runner._work(stage(fails(KeyError("not called"))), lambda: resources, [later, later])


def test_every_record_on_a_topic_has_a_version() -> None:
    assert all(record.model_fields["version"].default == 1 for record in TOPICS)
