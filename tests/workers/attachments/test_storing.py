"""Files are stored once for each tenant, kept while an update has them, and deleted when no update does."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest

from cases.erasure.erase import erase
from schemas.records import Rejection, ValidatedMail
from schemas.tables import MailState
from storage import stored_files
from storage.blobs.store import BlobMissingError, Blobs
from storage.database import SQL_STATEMENTS
from storage.resources import Resources
from tests.builders.mails_with_files import PDF, age, blobs_of, in_store, let_through, post_one, stored, sweep
from tests.builders.rows import run
from tests.builders.world import World, make_world
from workers.attachments.stage import select

OTHER = PDF + b"% another\n"


def test_the_same_bytes_are_stored_once_for_each_tenant(resources: Resources, world: World) -> None:
    neighbour = make_world(world.owner_url)
    updates = [post_one(let_through(resources, world, ("a.pdf", PDF)), resources) for _ in range(2)]
    foreign = post_one(let_through(resources, neighbour, ("a.pdf", PDF)), resources)
    assert isinstance(foreign, UUID)
    keys = {key for update in updates if isinstance(update, UUID) for key in blobs_of(world, update)}
    assert len(keys) == 1
    assert in_store(resources) == keys | set(blobs_of(neighbour, foreign))
    assert len(in_store(resources)) == 2


def test_what_no_update_came_of_goes_after_its_time_and_what_one_has_stays(resources: Resources, world: World) -> None:
    update = post_one(let_through(resources, world, ("a.pdf", PDF)), resources)
    assert isinstance(update, UUID)
    select(let_through(resources, world, ("b.pdf", OTHER)), resources)
    age(world, hours=1)
    sweep(resources)
    assert len(in_store(resources)) == 2, "it may still be on its way"
    age(world)
    sweep(resources)
    assert in_store(resources) == set(blobs_of(world, update)) == set(stored(world))


def test_a_mail_whose_files_went_before_it_posted_has_them_stored_again_and_posts(
    resources: Resources, world: World
) -> None:
    filtered = select(let_through(resources, world, ("a.pdf", PDF), ("b.pdf", OTHER)), resources)
    age(world)
    sweep(resources)
    assert in_store(resources) == set()
    back = post_one(filtered, resources)
    assert isinstance(back, ValidatedMail), "it goes to the attachments stage again"
    assert run(world, "select 1 from updates where tenant_id = :id", id=world.tenant_id) == []
    update = post_one(back, resources)
    assert isinstance(update, UUID)
    assert [resources.blobs.get(key) for key in blobs_of(world, update)] == [PDF, OTHER]


def test_of_mails_that_post_together_only_the_mail_without_its_files_goes_back(
    resources: Resources, world: World
) -> None:
    gone = select(let_through(resources, world, ("a.pdf", PDF)), resources)
    age(world)
    sweep(resources)
    there = select(let_through(resources, world, ("b.pdf", OTHER)), resources)
    assert isinstance(post_one(there, resources), UUID)
    assert isinstance(post_one(gone, resources), ValidatedMail)


def test_bytes_put_while_the_sweep_deletes_them_are_there_afterwards(resources: Resources, world: World) -> None:
    mail = let_through(resources, world, ("a.pdf", PDF))
    select(mail, resources)
    age(world)
    deleting, go_on = Event(), Event()

    class Slow(Blobs):
        def delete(self, keys: Sequence[str], under: Sequence[str] = ()) -> None:
            super().delete(keys, under)
            deleting.set()
            assert go_on.wait(30)

    slow = Slow(resources.settings.blobs.url)
    sweeping = Thread(target=lambda: stored_files.sweep(resources.database, slow, most=1_000))
    sweeping.start()
    assert deleting.wait(30)
    results: list[Any] = []
    storing = Thread(target=lambda: results.append(select(mail, resources)))
    storing.start()
    storing.join(0.5)
    assert storing.is_alive(), "it waits for the sweep, whose delete could come after its put"
    go_on.set()
    sweeping.join(30)
    storing.join(30)
    update = post_one(results[0], resources)
    assert isinstance(update, UUID)
    assert resources.blobs.get(blobs_of(world, update)[0]) == PDF


def test_the_sweep_leaves_what_is_being_posted(resources: Resources, world: World) -> None:
    filtered = select(let_through(resources, world, ("a.pdf", PDF)), resources)
    age(world)
    with resources.database.tenant(world.tenant_id) as connection:
        assert stored_files.keep(connection, [filtered.files[0].blob]) == set()
        sweep(resources)  # does not wait for the locked row
        assert in_store(resources) == {filtered.files[0].blob}
    sweep(resources)
    assert in_store(resources) == {filtered.files[0].blob}


def test_what_is_just_being_stored_is_not_deleted_though_an_update_lost_it(resources: Resources, world: World) -> None:
    filtered = select(let_through(resources, world, ("a.pdf", PDF)), resources)
    with resources.database.tenant(world.tenant_id) as connection:
        stored_files.let_go(connection, [filtered.files[0].blob])
    sweep(resources)
    assert in_store(resources) == {filtered.files[0].blob}


def end(world: World, mail_id: UUID, author: str) -> None:
    run(
        world,
        "update mails set state = :state, ended_at = now(), author = :author where id = :id",
        state=MailState.POSTED,
        author=world.email(author),
        id=mail_id,
    )


def test_erased_files_are_gone_unless_another_update_of_the_tenant_has_them(resources: Resources, world: World) -> None:
    mine = let_through(resources, world, ("shared.pdf", PDF), ("mine.pdf", OTHER))
    theirs = let_through(resources, world, ("the same.pdf", PDF), author="member")
    shared, own = blobs_of(world, _posted(mine, resources))
    _posted(theirs, resources)

    def erase_all(name: str) -> None:
        with resources.database.tenant(world.tenant_id) as connection:
            erase(connection, world.tenant_id, world.email(name), by=None, updates=True)
        age(world, hours=1)
        sweep(resources)

    erase_all("client")
    assert resources.blobs.get(shared) == PDF
    with pytest.raises(BlobMissingError):
        resources.blobs.get(own)
    erase_all("member")
    with pytest.raises(BlobMissingError):
        resources.blobs.get(shared)
    assert stored(world) == []


def _posted(mail: ValidatedMail, resources: Resources) -> UUID:
    update = post_one(mail, resources)
    assert isinstance(update, UUID)
    return update


def test_a_sweep_that_was_cut_off_is_done_again(resources: Resources, world: World) -> None:
    select(let_through(resources, world, ("a.pdf", PDF)), resources)
    age(world)

    class Dying(Blobs):
        def delete(self, keys: Sequence[str], under: Sequence[str] = ()) -> None:
            super().delete(keys, under)
            raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        stored_files.sweep(resources.database, Dying(resources.settings.blobs.url), most=1_000)
    assert len(stored(world)) == 1
    sweep(resources)
    assert stored(world) == []


def test_files_of_a_mail_that_the_form_would_refuse_go_with_the_rest(resources: Resources, world: World) -> None:
    mail = let_through(resources, world, ("a.pdf", PDF))
    run(world, "update cases set open = false where id = :id", id=world.case_id)
    assert isinstance(post_one(mail, resources), Rejection)
    age(world)
    sweep(resources)
    assert in_store(resources) == set()


def statements(resources: Resources, work: Callable[[], object]) -> float:
    def count() -> float:
        return float(sum(SQL_STATEMENTS.labels(role)._value.get() for role in ("casemail_app", "casemail_system")))

    before = count()
    work()
    return count() - before


def test_a_mail_without_files_pays_nothing_and_one_with_files_little(resources: Resources, world: World) -> None:
    without = let_through(resources, world)
    with_one, with_five = (
        let_through(resources, world, ("a.pdf", PDF)),
        let_through(resources, world, *((f"{number}.pdf", PDF + b"%" * number) for number in range(5))),
    )
    post_one(let_through(resources, world), resources)  # opens the connections
    assert statements(resources, lambda: select(without, resources)) == 0
    bare = statements(resources, lambda: post_one(without, resources))
    posted = statements(resources, lambda: post_one(select(with_one, resources), resources))
    # two transactions of three statements: read the policy, write the row before the bytes; then two statements: keep
    # the bytes, insert the files' rows
    assert posted - bare == 3 + 3 + 2
    assert statements(resources, lambda: select(with_five, resources)) == 3 + 5 * 3
