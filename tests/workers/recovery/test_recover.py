"""After a restore, the ledger knows every raw mail again, as it arrived, and what was erased stays erased."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, handle_of, write
from cases.erasure.erase import erase
from schemas.reasons import Reason
from schemas.tables import OPERATOR, MailState, SourceKind, new_id
from storage import erasure_log, sent_log
from storage.blobs.store import of_batch
from storage.ledger import recovery, retention
from storage.resources import Resources
from storage.senders import origin_of
from storage.source_rows import ensure_source
from tests.builders.conservation import line
from tests.builders.outbox import orders, states
from tests.builders.rows import add_file, add_update
from tests.builders.world import KEYS, World
from tests.servers.mail_server import Answers
from tests.servers.mail_server import server as mail_server
from workers.fetch.custody import Arrival, CustodyService
from workers.outbox.stage import send
from workers.recovery.recover import recover
from workers.recovery.report import Report

__all__ = ["mail_server"]

_ROWS = text("""
select id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state, reason,
    whole_size, duplicate_of is not null as is_duplicate
from mails order by id
""")
_LOSE = "delete from intake; delete from sender_words; delete from mails"


def arrival(world: World, *, sender: str = "", raw: bytes = b"", said: str = "") -> Arrival:
    content = raw or f"From: {sender or 'a@x'}\r\nSubject: {uuid4()}\r\n\r\nhi\r\n".encode()
    return Arrival(content, f"case-1@{world.mail_domain}", sender or "a@x", uuid4().hex, said=said)


def take(resources: Resources, *arrivals: Arrival, source_id: UUID | None = None) -> UUID:
    batch_id = new_id()
    CustodyService(resources, source_id=source_id).take(batch_id, arrivals)
    return batch_id


def rows(world: World) -> list[Any]:
    with world.owner().connect() as connection:
        return list(connection.execute(_ROWS).all())


def run(world: World, *statements: str, **values: object) -> None:
    """Runs statements as the owner of the tables."""
    with world.owner().begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)


def lose(world: World) -> None:
    """Loses all mails from the database, as when an older backup is restored."""
    run(world, *_LOSE.split("; "), "delete from batches")


def files(resources: Resources) -> list[Path]:
    return [path for path in Path(resources.settings.blobs.url).rglob("*") if path.is_file()]


def test_lost_rows_are_written_again_as_they_were_and_only_once(resources: Resources, world: World) -> None:
    with resources.database.system() as connection:
        source_id = ensure_source(connection, SourceKind.HTTP, "a provider")
    first = arrival(world, said="spf=pass smtp.mailfrom=x")
    batch_id = take(resources, first, arrival(world), source_id=source_id)
    take(resources, first)  # delivered again: a duplicate
    before = rows(world)
    assert recover(resources).known == 3
    lose(world)
    assert recover(resources, dry=True).taken == 3
    assert rows(world) == []
    assert recover(resources).taken == 3
    assert rows(world) == before
    again = recover(resources)
    assert (again.taken, again.known) == (0, 3)
    assert rows(world) == before
    with resources.database.system() as connection:
        origin = origin_of(connection, before[0].id)
    assert origin is not None
    assert (origin.name, origin.said) == ("a provider", first.said)
    assert line(resources.database, world).unaccounted == 0
    assert batch_id in {row.batch_id for row in before}


def test_a_recovery_that_was_interrupted_anywhere_is_finished_by_the_next(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        take(resources, arrival(world), arrival(world))
    before = rows(world)
    lose(world)
    real = recovery.take
    for calls in range(3):

        def stop(*arguments: Any, left: list[int] = [calls]) -> None:  # noqa: B006  # counts its calls
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(recovery, "take", stop)
            with pytest.raises(KeyboardInterrupt):
                recover(resources)
    assert 0 < len(rows(world)) < len(before)
    recover(resources)
    assert rows(world) == before


def test_a_mail_without_an_envelope_or_of_a_tenant_that_is_gone_goes_to_the_operator(
    resources: Resources, world: World
) -> None:
    other = uuid4()
    old = resources.blobs.put_all([(world.tenant_id, of_batch(new_id()), b"Subject: old\r\n\r\nwithout\r\n")])
    known = arrival(world)
    take(resources, known)
    copy = resources.blobs.put_all([(world.tenant_id, of_batch(new_id()), known.raw)])
    take(resources, arrival(world))
    run(world, "delete from intake where true")
    mine = rows(world)[-1]
    path = Path(resources.settings.blobs.url)
    (path / str(other) / "raw").mkdir(parents=True)
    batch = path / mine.raw.rpartition("/")[0]
    batch.rename(path / str(other) / "raw" / batch.name)
    run(world, "delete from mails where id = :id", id=mine.id)
    report = recover(resources)
    assert (report.taken, report.for_operator) == (2, 2)
    operators = {row.raw: row for row in rows(world) if row.tenant_id == OPERATOR}
    assert operators.pop(old[0]).recipient == ""
    (moved,) = operators.values()
    assert (moved.id, moved.recipient) == (mine.id, mine.recipient)
    assert resources.blobs.get(moved.raw)
    assert any(copy[0].partition(".")[0] in detail for detail in report.details)
    assert recover(resources).taken == 0


def test_an_answer_waits_for_the_update_that_it_answers_but_not_for_ever(resources: Resources, world: World) -> None:
    address = write(KEYS, world.tenant_id, Address(AddressKind.REPLY, handle_of(new_id())), "7", world.mail_domain)
    take(resources, Arrival(b"Subject: an answer\r\n\r\nyes\r\n", address, "a@x", "1"))
    take(resources, arrival(world))
    lose(world)
    first = recover(resources)
    assert (first.taken, first.deferred) == (1, 1)
    assert recover(resources).deferred == 1
    run(world, "update mails set state = 'dropped', ended_at = now()")
    last = recover(resources)
    assert (last.taken, last.deferred) == (1, 0)


def test_what_retention_deleted_does_not_come_back_with_restored_blobs(resources: Resources, world: World) -> None:
    take(resources, arrival(world))
    (file,) = files(resources)
    saved = file.read_bytes()
    run(world, "update mails set state = 'held', ended_at = now(), raw_deleted_by = 'retention'")
    assert retention.sweep(resources.database, resources.blobs, most=9).total() == 1
    assert files(resources) == []
    file.parent.mkdir(parents=True)
    file.write_bytes(saved)
    report = recover(resources)
    assert (report.deleted, report.taken) == (1, 0)
    assert files(resources) == []
    assert len(rows(world)) == 1


@pytest.mark.parametrize("in_backup", [True, False])
@pytest.mark.parametrize("account", [True, False])
def test_what_was_erased_after_the_backup_is_erased_again(
    resources: Resources, world: World, in_backup: bool, account: bool
) -> None:
    person = world.email("client") if account else "stranger@else.example"
    gone, stays = arrival(world, sender=person), arrival(world)
    take(resources, gone)
    take(resources, stays)
    end = f"update mails set state = 'held', ended_at = now(), author = sender where sender = '{person}'"
    copies = {path: path.read_bytes() for path in files(resources)}
    dump = rows(world)
    run(world, end)
    with resources.database.tenant(world.tenant_id) as connection:
        erase(connection, world.tenant_id, person, by=None, account=account)
    assert erasure_log.note_new(resources.database, resources.blobs) == 1
    assert retention.sweep(resources.database, resources.blobs, most=9)["erasure"] == 1
    assert person not in "".join(path.read_text("utf-8", "replace") for path in files(resources))
    # the database and the blobs are as at the backup; the log of erasures is in the store
    lose(world)
    run(world, "delete from erasures", "delete from audit")
    run(world, "update users set name = 'Client', email = :email, email_key = :email, active = true where id = :id",
        email=world.email("client"), id=world.people["client"])  # fmt: skip
    for path, content in copies.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if in_backup:
        assert recover_without_log(resources) == 2
        run(world, end)
    report = recover(resources)
    assert report.erasures == 1
    assert person not in repr(rows(world))
    assert {row.id for row in rows(world)} == {row.id for row in dump}
    assert next(row for row in rows(world) if row.id == dump[1].id).state == MailState.WAITING
    while retention.sweep(resources.database, resources.blobs, most=9):
        pass
    assert gone.raw not in b"".join(path.read_bytes() for path in files(resources))
    with world.owner().connect() as connection:
        emails = connection.execute(text("select email from users")).scalars().all()
    assert (person in emails) is False
    assert recover(resources).erasures == 0
    take(resources, gone)
    assert {row.reason for row in rows(world) if row.is_duplicate} == {Reason.DUPLICATE}


def recover_without_log(resources: Resources) -> int:
    """Recovers as if there was no log of erasures; returns how many mails are in the ledger again."""
    log = Path(resources.settings.blobs.url) / erasure_log.FOLDER
    aside = log.with_name("aside")
    log.rename(aside)
    taken = recover(resources).taken
    aside.rename(log)
    return taken


@pytest.mark.parametrize("state", ["waiting", "moving", "held", "forwarding"])
def test_mails_whose_original_is_lost_are_held_for_that_and_go_on_when_it_is_back(
    resources: Resources, world: World, state: str
) -> None:
    take(resources, arrival(world))
    take(resources, arrival(world))
    lost = rows(world)[0]
    run(world, "update mails set state = :state, reason = case when :state = 'held' then 'stalled' else '' end,"
        " ended_at = case when :state = 'held' then now() end where id = :id", state=state, id=lost.id)  # fmt: skip
    file = Path(resources.settings.blobs.url) / lost.raw.partition("@")[0]
    saved = file.read_bytes()
    file.unlink()
    report = recover(resources)
    assert (report.held, report.known) == (1, 1)
    assert [str(lost.id) in detail for detail in report.details] == [True]
    held, other = rows(world)
    assert (held.state, held.reason) == ("held", "original_missing")
    assert other.state == "waiting"
    assert line(resources.database, world).unaccounted == 0
    file.write_bytes(saved)
    assert recover(resources).back == 1
    assert [row.state for row in rows(world)] == ["waiting", "waiting"]


def test_a_damaged_original_is_found_by_reading_all(resources: Resources, world: World) -> None:
    take(resources, arrival(world))
    (file,) = files(resources)
    file.write_bytes(file.read_bytes().replace(b"hi", b"ho"))
    assert recover(resources).held == 0
    assert recover(resources, verify=True).held == 1


def test_files_of_updates_that_are_missing_are_listed(resources: Resources, world: World) -> None:
    update_id = add_update(world, "staff", "see file")
    add_file(world, update_id, "plan.pdf", f"{world.tenant_id}/file/00/0")
    report = recover(resources)
    assert report.files == 1
    assert "plan.pdf" in report.details[0]


def test_what_was_sent_after_the_backup_is_not_sent_again(mail_server: tuple[Answers, Resources], world: World) -> None:
    answers, resources = mail_server
    world.post(resources.database, "staff", "client", "member")
    (order,) = orders(resources.database, world)
    send(order, resources)
    assert len(answers.mails) == 3
    run(world, "update outbox set state = 'waiting', attempts = 0, sent_at = null, due_at = now()")
    assert recover(resources).sent == 3
    (again,) = orders(resources.database, world)
    send(again, resources)
    assert len(answers.mails) == 3
    assert {state for state, *_ in states(world)} == {"sent"}


def test_the_log_of_sent_mails_is_read_to_its_cut_and_forgotten_in_time(resources: Resources) -> None:
    tenant_id, ids = uuid4(), [uuid4() for _ in range(3)]
    sent_log.note(resources.blobs, tenant_id, ids[:2])
    sent_log.note(resources.blobs, tenant_id, ids[2:])
    (log,) = files(resources)
    log.write_bytes(log.read_bytes()[:-9])
    assert list(sent_log.read(resources.blobs)) == [(tenant_id, id_) for id_ in ids[:2]]
    old = log.parent.with_name("2026-01-01")
    log.parent.rename(old)
    sent_log.note(resources.blobs, tenant_id, ids)
    sent_log.forget(resources.blobs)
    assert [path.parent.name for path in files(resources)] != ["2026-01-01"]
    assert len(list(sent_log.read(resources.blobs))) == 3


def test_a_report_says_only_what_there_is() -> None:
    assert list(Report().lines()) == []
    assert list(Report(known=1_000, held=1).lines()) == [
        "    1,000 mails are in the ledger and in the blob store",
        "        1 mails are held, as their original is missing: restore blobs, and run this again",
    ]
