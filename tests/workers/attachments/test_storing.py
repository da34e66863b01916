"""Files are stored once for each tenant, stay while an update has them, and go when none does."""

from collections.abc import Callable, Sequence
from pathlib import Path
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
from tests.builders.mails_with_files import PDF, age, let_through, post_one, stored
from tests.builders.world import World, make_world
from tests.console.browser import run
from workers.attachments.stage import select
from workers.resources import House

OTHER = PDF + b"% another\n"


def sweep(house: House) -> None:
    while stored_files.sweep(house.database, house.blobs, most=1_000):
        pass


def in_store(house: House) -> set[str]:
    """The keys of all files of updates that lie on the disk."""
    root = Path(house.settings.blob_url)
    return {str(path.relative_to(root)) for path in root.glob("*/file/*/*")}


def blobs_of(world: World, update_id: UUID) -> list[str]:
    rows = run(world, "select blob from update_files where update_id = :id order by position", id=update_id)
    return [row.blob for row in rows]


def test_the_same_bytes_of_one_tenant_lie_there_once_and_those_of_another_apart(house: House, world: World) -> None:
    neighbour = make_world(world.owner_url)
    updates = [post_one(let_through(house, world, ("a.pdf", PDF)), house) for _ in range(2)]
    foreign = post_one(let_through(house, neighbour, ("a.pdf", PDF)), house)
    assert isinstance(foreign, UUID)
    keys = {key for update in updates if isinstance(update, UUID) for key in blobs_of(world, update)}
    assert len(keys) == 1
    assert in_store(house) == keys | set(blobs_of(neighbour, foreign))
    assert len(in_store(house)) == 2


def test_what_no_update_came_of_goes_after_its_time_and_what_one_has_stays(house: House, world: World) -> None:
    update = post_one(let_through(house, world, ("a.pdf", PDF)), house)
    assert isinstance(update, UUID)
    select(let_through(house, world, ("b.pdf", OTHER)), house)
    age(world, hours=1)
    sweep(house)
    assert len(in_store(house)) == 2, "it may still be on its way"
    age(world)
    sweep(house)
    assert in_store(house) == set(blobs_of(world, update)) == set(stored(world))


def test_a_mail_whose_files_went_before_it_posted_has_them_stored_again_and_posts(house: House, world: World) -> None:
    filtered = select(let_through(house, world, ("a.pdf", PDF), ("b.pdf", OTHER)), house)
    age(world)
    sweep(house)
    assert in_store(house) == set()
    back = post_one(filtered, house)
    assert isinstance(back, ValidatedMail), "it goes to the attachments stage again"
    assert run(world, "select 1 from updates where tenant_id = :id", id=world.tenant_id) == []
    update = post_one(back, house)
    assert isinstance(update, UUID)
    assert [house.blobs.get(key) for key in blobs_of(world, update)] == [PDF, OTHER]


def test_of_mails_that_post_together_only_the_one_without_its_files_goes_back(house: House, world: World) -> None:
    gone = select(let_through(house, world, ("a.pdf", PDF)), house)
    age(world)
    sweep(house)
    there = select(let_through(house, world, ("b.pdf", OTHER)), house)
    assert isinstance(post_one(there, house), UUID)
    assert isinstance(post_one(gone, house), ValidatedMail)


def test_bytes_put_while_the_sweep_deletes_them_are_there_afterwards(house: House, world: World) -> None:
    mail = let_through(house, world, ("a.pdf", PDF))
    select(mail, house)
    age(world)
    deleting, go_on = Event(), Event()

    class Slow(Blobs):
        def delete(self, keys: Sequence[str], under: Sequence[str] = ()) -> None:
            super().delete(keys, under)
            deleting.set()
            assert go_on.wait(30)

    slow = Slow(house.settings.blob_url)
    sweeping = Thread(target=lambda: stored_files.sweep(house.database, slow, most=1_000))
    sweeping.start()
    assert deleting.wait(30)
    results: list[Any] = []
    storing = Thread(target=lambda: results.append(select(mail, house)))
    storing.start()
    storing.join(0.5)
    assert storing.is_alive(), "it waits for the sweep, whose delete could come after its put"
    go_on.set()
    sweeping.join(30)
    storing.join(30)
    update = post_one(results[0], house)
    assert isinstance(update, UUID)
    assert house.blobs.get(blobs_of(world, update)[0]) == PDF


def test_the_sweep_leaves_what_is_being_posted(house: House, world: World) -> None:
    filtered = select(let_through(house, world, ("a.pdf", PDF)), house)
    age(world)
    with house.database.tenant(world.tenant_id) as connection:
        assert stored_files.keep(connection, [filtered.files[0].blob]) == set()
        sweep(house)  # does not wait for the row
        assert in_store(house) == {filtered.files[0].blob}
    sweep(house)
    assert in_store(house) == {filtered.files[0].blob}


def test_what_is_just_being_stored_is_not_deleted_though_an_update_lost_it(house: House, world: World) -> None:
    filtered = select(let_through(house, world, ("a.pdf", PDF)), house)
    with house.database.tenant(world.tenant_id) as connection:
        stored_files.let_go(connection, [filtered.files[0].blob])
    sweep(house)
    assert in_store(house) == {filtered.files[0].blob}


def end(world: World, mail_id: UUID, author: str) -> None:
    run(
        world,
        "update mails set state = :state, ended_at = now(), author = :author where id = :id",
        state=MailState.POSTED,
        author=world.email(author),
        id=mail_id,
    )


def test_erased_files_are_gone_unless_another_update_of_the_tenant_has_them(house: House, world: World) -> None:
    mine = let_through(house, world, ("shared.pdf", PDF), ("mine.pdf", OTHER))
    theirs = let_through(house, world, ("the same.pdf", PDF), author="member")
    shared, own = blobs_of(world, _posted(mine, house))
    _posted(theirs, house)

    def erase_all(name: str) -> None:
        with house.database.tenant(world.tenant_id) as connection:
            erase(connection, world.tenant_id, world.email(name), actor_id=None, updates=True)
        age(world, hours=1)
        sweep(house)

    erase_all("client")
    assert house.blobs.get(shared) == PDF
    with pytest.raises(BlobMissingError):
        house.blobs.get(own)
    erase_all("member")
    with pytest.raises(BlobMissingError):
        house.blobs.get(shared)
    assert stored(world) == []


def _posted(mail: ValidatedMail, house: House) -> UUID:
    update = post_one(mail, house)
    assert isinstance(update, UUID)
    return update


def test_a_sweep_that_was_cut_off_is_done_again(house: House, world: World) -> None:
    select(let_through(house, world, ("a.pdf", PDF)), house)
    age(world)

    class Dying(Blobs):
        def delete(self, keys: Sequence[str], under: Sequence[str] = ()) -> None:
            super().delete(keys, under)
            raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        stored_files.sweep(house.database, Dying(house.settings.blob_url), most=1_000)
    assert len(stored(world)) == 1
    sweep(house)
    assert stored(world) == []


def test_files_of_a_mail_that_the_form_would_refuse_go_with_the_rest(house: House, world: World) -> None:
    mail = let_through(house, world, ("a.pdf", PDF))
    run(world, "update cases set open = false where id = :id", id=world.case_id)
    assert isinstance(post_one(mail, house), Rejection)
    age(world)
    sweep(house)
    assert in_store(house) == set()


def statements(house: House, work: Callable[[], object]) -> float:
    def count() -> float:
        return float(sum(SQL_STATEMENTS.labels(role)._value.get() for role in ("casemail_app", "casemail_system")))

    before = count()
    work()
    return count() - before


def test_a_mail_without_files_pays_nothing_and_one_with_files_little(house: House, world: World) -> None:
    without = let_through(house, world)
    with_one, with_five = (
        let_through(house, world, ("a.pdf", PDF)),
        let_through(house, world, *((f"{number}.pdf", PDF + b"%" * number) for number in range(5))),
    )
    post_one(let_through(house, world), house)  # warms the connections up
    assert statements(house, lambda: select(without, house)) == 0
    bare = statements(house, lambda: post_one(without, house))
    posted = statements(house, lambda: post_one(select(with_one, house), house))
    # the policy, and the row before the bytes: a transaction each; then the files' rows, and that they stay
    assert posted - bare == 3 + 3 + 2
    assert statements(house, lambda: select(with_five, house)) == 3 + 5 * 3
