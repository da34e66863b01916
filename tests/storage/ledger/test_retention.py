"""Originals are deleted when their time is over, and never while they may still be needed."""

from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from schemas.tables import MailState, SourceKind, new_id, now
from storage.blobs.store import BlobMissingError, Blobs, of_batch, of_mail
from storage.database import Database
from storage.ledger import batches, retention
from storage.resources import Resources
from storage.source_rows import ensure_source
from tests.builders.rows import add_mail, run
from tests.builders.world import World


def put(resources: Resources, world: World, state: MailState, *, days: float = 91, **more: Any) -> tuple[UUID, str]:
    """Creates a mail that ended `days` ago, with its original; returns the mail's id and the original's key."""
    batch_id = more.pop("batch_id", new_id())
    raw = more.pop("raw", None) or resources.blobs.put(world.tenant_id, of_batch(batch_id), new_id().bytes)
    mail_id = add_mail(world, state, raw=raw, **more)
    run(
        world,
        "update mails set batch_id = :batch, received_at = now() - make_interval(days => 400),"
        " ended_at = now() - make_interval(secs => :seconds) where id = :id",
        id=mail_id,
        batch=batch_id,
        seconds=days * 86_400,
    )
    return mail_id, raw


def sweep(resources: Resources) -> Counter[str]:
    return retention.sweep(resources.database, resources.blobs, most=10_000)


def row(world: World, mail_id: UUID) -> Any:
    return run(world, "select * from mails where id = :id", id=mail_id)[0]


def is_there(resources: Resources, key: str) -> bool:
    try:
        resources.blobs.get(key)
    except BlobMissingError:
        return False
    return True


def test_what_a_fetch_put_and_never_took_goes_with_the_last_original_of_its_batch(
    resources: Resources, world: World
) -> None:
    batch_id = new_id()
    cut_off = resources.blobs.put(world.tenant_id, of_batch(batch_id), b"put, and then the server died")
    put(resources, world, MailState.POSTED, batch_id=batch_id)
    held, raw = put(resources, world, MailState.HELD, batch_id=batch_id)
    sweep(resources)
    assert is_there(resources, cut_off), "another mail of the batch is still needed"
    run(world, "update mails set state = 'posted' where id = :id", id=held)
    sweep(resources)
    assert not is_there(resources, cut_off)
    assert not is_there(resources, raw)


@pytest.mark.parametrize("state", [MailState.POSTED, MailState.FORWARDED, MailState.DROPPED])
def test_an_original_goes_when_its_time_is_over_and_the_row_says_so(
    resources: Resources, world: World, state: MailState
) -> None:
    mail_id, raw = put(resources, world, state, author="a@people.example", subject="s")
    assert sweep(resources)["retention"] >= 1
    assert not is_there(resources, raw)
    mail = row(world, mail_id)
    assert (mail.raw, mail.raw_deleted_by, mail.state) == ("", "retention", state)
    assert (mail.author, mail.subject) == ("a@people.example", "s")
    assert abs((now() - mail.raw_deleted_at).total_seconds()) < 60


@pytest.mark.parametrize("state", [MailState.POSTED, MailState.FORWARDED, MailState.DROPPED])
def test_before_its_time_an_original_stays(resources: Resources, world: World, state: MailState) -> None:
    mail_id, raw = put(resources, world, state, days=89)
    sweep(resources)
    assert is_there(resources, raw)
    assert row(world, mail_id).raw_deleted_at is None


@pytest.mark.parametrize("state", [MailState.HELD, MailState.WAITING, MailState.MOVING, MailState.FORWARDING])
def test_a_mail_that_is_held_or_on_its_way_keeps_its_original_whatever_its_age(
    resources: Resources, world: World, state: MailState
) -> None:
    mail_id, raw = put(resources, world, state, days=4_000)
    if state is not MailState.HELD:
        run(world, "update mails set ended_at = null where id = :id", id=mail_id)
    sweep(resources)
    assert is_there(resources, raw)
    assert row(world, mail_id).raw == raw


def test_each_tenant_has_its_own_time(resources: Resources, world: World) -> None:
    _, raw = put(resources, world, MailState.POSTED, days=31)
    sweep(resources)
    assert is_there(resources, raw)
    run(world, "update tenants set keep_raw_days = 30 where id = :id", id=world.tenant_id)
    sweep(resources)
    assert not is_there(resources, raw)


def test_the_same_bytes_stay_for_another_recipient_whose_mail_is_held(resources: Resources, world: World) -> None:
    batch_id = new_id()
    mail_id, raw = put(resources, world, MailState.POSTED, batch_id=batch_id)
    other, _ = put(resources, world, MailState.HELD, batch_id=batch_id, raw=raw)
    sweep(resources)
    assert row(world, mail_id).raw == ""
    assert is_there(resources, raw)
    run(world, "update mails set state = 'dropped' where id = :id", id=other)
    sweep(resources)
    assert not is_there(resources, raw)


def test_none_goes_while_mail_may_still_come_into_its_batch(resources: Resources, world: World) -> None:
    with resources.database.system() as connection:
        source = ensure_source(connection, SourceKind.MAILDIR, new_id().hex)
        batch_id = batches.open_batch(connection, source, now())
    _, raw = put(resources, world, MailState.POSTED, batch_id=batch_id)
    sweep(resources)
    assert is_there(resources, raw)
    with resources.database.system() as connection:
        batches.close_batch(connection, batch_id)
        batches.finish_batches(connection)  # so that no other test meets it
    sweep(resources)
    assert not is_there(resources, raw)


@pytest.mark.parametrize(("state", "stays"), [(MailState.POSTED, True), (MailState.FORWARDED, False)])
def test_long_texts_go_with_the_original_and_files_unless_they_are_an_updates(
    resources: Resources, world: World, state: MailState, stays: bool
) -> None:
    mail_id, _ = put(resources, world, state)
    body, file = (resources.blobs.put(world.tenant_id, of_mail(mail_id, kind), b"x") for kind in ("body", "file"))
    sweep(resources)
    assert (is_there(resources, body), is_there(resources, file)) == (False, stays)


def test_a_sweep_that_was_cut_off_is_done_again(resources: Resources, world: World) -> None:
    mail_id, raw = put(resources, world, MailState.POSTED)

    class Dying(Blobs):
        def delete(self, keys: Any, under: Any = ()) -> None:
            super().delete(keys, under)
            raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        retention.sweep(resources.database, Dying(resources.settings.blobs.url), most=10_000)
    assert not is_there(resources, raw)
    assert row(world, mail_id).raw_deleted_at is None
    sweep(resources)
    assert row(world, mail_id).raw_deleted_at is not None


def test_a_mail_that_a_person_is_replaying_keeps_its_original(
    resources: Resources, world: World, database: Database
) -> None:
    mail_id, raw = put(resources, world, MailState.FORWARDED)
    with database.tenant(world.tenant_id) as connection:
        connection.exec_driver_sql(f"update mails set state = 'waiting', ended_at = null where id = '{mail_id}'")
        sweeping = Thread(target=sweep, args=(resources,))
        sweeping.start()
        sweeping.join()  # the sweep did not wait for the row, and did not take it
    assert is_there(resources, raw)
    sweep(resources)
    assert is_there(resources, raw)


def test_at_most_so_many_go_in_one_turn(resources: Resources, world: World) -> None:
    sweep(resources)
    for _ in range(5):
        put(resources, world, MailState.POSTED)
    assert retention.sweep(resources.database, resources.blobs, most=3).total() == 3
    assert retention.sweep(resources.database, resources.blobs, most=3).total() == 2


def test_an_empty_folder_of_a_batch_does_not_stay_behind(resources: Resources, world: World) -> None:
    _, raw = put(resources, world, MailState.POSTED)
    sweep(resources)
    assert not (Path(resources.settings.blobs.url) / raw).parent.exists()
