"""Old rows leave for the archive; keys, decisions, proofs and counts stay."""

from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schemas.reasons import Reason
from schemas.tables import Audit, MailState, OutboxKind, new_id, now
from storage.archive import catalogue, files, move, rows
from storage.archive.rows import Kind
from storage.database import Database
from storage.ledger import entries
from storage.ledger.entries import NewMail
from tests.builders.conservation import line, wrong_counts
from tests.builders.old_rows import DAYS, OldMail, old_id, old_mail, sent
from tests.builders.rows import add, add_mail, run
from tests.builders.world import World

ALL = dict.fromkeys(Kind, 365)


def archived(database: Database, folder: Path, days: dict[Kind, int] = ALL) -> None:
    """Moves all old rows into files."""
    for _ in move.move(database, days, folder):
        pass


def ids(folder: Path, kind: Kind) -> dict[str, Any]:
    """Returns the rows of a kind in the files, by id."""
    lines = [each for name in files.names(folder) if name.startswith(kind) for each in files.read(folder / name)]
    return {row["id"]: row for row in map(orjson.loads, lines)}


def there(world: World, table: str, *wanted: UUID) -> set[UUID]:
    """Returns which of the rows the table has."""
    found = run(world, f"select id from {table} where id = any(:ids)", ids=list(wanted))
    return {row.id for row in found}


def test_an_old_mail_leaves_with_all_that_it_caused_and_is_in_the_archive_as_it_was(
    database: Database, world: World, tmp_path: Path
) -> None:
    old = old_mail(database, world, subject="Zoë's\u2028words")
    before = line(database, world)
    archived(database, tmp_path)
    row = ids(tmp_path, Kind.MAILS)[str(old.id)]
    assert (row["subject"], row["evidence"], row["source_ref"]) == ("Zoë's\u2028words", {"a": "fact"}, "queue-7")
    ((subject, evidence, reference, author, state),) = run(
        world, "select subject, evidence, source_ref, author, state from mails where id = :id", id=old.id
    )
    assert (subject, evidence, reference) == ("", {}, "")
    assert (author, state) == ("ann@x.example", "posted")
    for kind, table, id_ in (
        (Kind.NOTICES, "outbox", old.notice),
        (Kind.AUDIT, "audit", old.act),
        (Kind.FETCHES, "batches", old.batch),
    ):
        assert not there(world, table, id_)
        assert str(id_) in ids(tmp_path, kind)
    assert (line(database, world), wrong_counts(database)) == (before, [])
    assert (before.posted, before.unaccounted) == (1, 0)


def test_an_archived_mail_that_comes_in_again_is_a_duplicate(database: Database, world: World, tmp_path: Path) -> None:
    old = old_mail(database, world)
    archived(database, tmp_path)
    again = NewMail(world.tenant_id, old.key, "again", "raw", 1, "r", "s", now())
    with database.system() as connection:
        entries.take(connection, new_id(), [again])
    ((state, reason, first),) = run(world, "select state, reason, duplicate_of from mails where id = :id", id=again.id)
    assert (state, reason, first) == (MailState.DROPPED, Reason.DUPLICATE, old.id)
    assert line(database, world).unaccounted == 0


def test_what_is_young_open_or_still_has_its_original_stays(database: Database, world: World, tmp_path: Path) -> None:
    kept = old_mail(database, world, kept=True)
    held = add_mail(world, MailState.HELD, subject="Held")
    young = add_mail(world, MailState.DROPPED, subject="Young")
    run(world, "update mails set raw_deleted_at = now(), ended_at = now() where id = any(:ids)", ids=[held, young])
    run(world, "update mails set ended_at = now() - interval '2 years' where id = :id", id=held)
    receipt = sent(world, OutboxKind.RECEIPT, kept.id)
    archived(database, tmp_path)
    assert run(
        world, "select count(*) from mails where archived_at is null and id = any(:ids)", ids=[kept.id, held, young]
    ) == [(3,)]
    assert there(world, "outbox", receipt)
    assert there(world, "audit", kept.act)  # a decision may be among the acts on a mail
    assert there(world, "batches", kept.batch)


def test_a_forward_stays_as_the_proof_that_its_mail_was_forwarded(
    database: Database, world: World, tmp_path: Path
) -> None:
    old = old_mail(database, world)
    run(world, "delete from updates where mail_id = :id", id=old.id)
    run(world, "update mails set state = 'forwarded' where id = :id", id=old.id)
    forward = sent(world, OutboxKind.CATCH_ALL, old.id)
    assert line(database, world).forwarded == 1
    archived(database, tmp_path)
    assert there(world, "outbox", forward)
    assert (line(database, world).forwarded, line(database, world).unaccounted, wrong_counts(database)) == (1, 0, [])


def test_the_last_log_in_of_a_person_stays(database: Database, world: World, tmp_path: Path) -> None:
    person, at = world.people["client"], run(world, f"select now() - interval '{DAYS} days' as at")[0].at
    first, last = (
        Audit(id=old_id(), tenant_id=world.tenant_id, act="user.logged_in", subject_id=person, at=at) for _ in range(2)
    )
    for each in sorted((first, last), key=lambda row: row.id):
        add(world, each)
    archived(database, tmp_path)
    assert there(world, "audit", first.id, last.id) == {max(first.id, last.id)}


@pytest.mark.parametrize("kind", Kind)
def test_nothing_of_the_last_thirty_days_leaves_whoever_asks(database: Database, world: World, kind: Kind) -> None:
    for ask in (rows.count, lambda *given: rows.take(*given, most=1)):
        with pytest.raises(DBAPIError, match="last 30 days"), database.system() as connection:
            ask(connection, kind, 29)


def test_a_tenant_can_archive_nothing(database: Database, world: World) -> None:
    asked = text("select take_old('audit', now() - interval '1 year', :id, 1)")
    with pytest.raises(DBAPIError, match="permission denied"), database.tenant(world.tenant_id) as connection:
        connection.execute(asked, {"id": new_id()})


def test_many_rows_leave_in_several_transactions(database: Database, world: World, tmp_path: Path) -> None:
    made = [old_mail(database, world) for _ in range(5)]
    list(move.move(database, ALL, tmp_path, most=2))
    assert {str(old.id) for old in made} <= ids(tmp_path, Kind.MAILS).keys()
    assert {str(old.notice) for old in made} <= ids(tmp_path, Kind.NOTICES).keys()
    assert not there(world, "outbox", *(old.notice for old in made))
    with database.system() as connection:
        assert [rows.count(connection, kind, 365).rows for kind in Kind] == [0, 0, 0, 0]


def test_when_the_archive_can_not_be_written_the_rows_stay(database: Database, world: World, tmp_path: Path) -> None:
    old = old_mail(database, world)
    (tmp_path / Kind.MAILS).write_text("a file is where the folder should be")
    with pytest.raises(OSError, match=Kind.MAILS):
        archived(database, tmp_path)
    assert run(world, "select subject from mails where id = :id", id=old.id) == [("Old words",)]


def test_without_a_copy_rows_leave_and_the_catalogue_says_so(database: Database, world: World) -> None:
    old: OldMail = old_mail(database, world)
    list(move.move(database, ALL, None))
    assert not there(world, "audit", old.act)
    written = run(world, "select kind, name from archives where written_at > now() - interval '1 minute'")
    assert (Kind.AUDIT, "") in {tuple(row) for row in written}


def test_missing_changed_and_unknown_files_are_named(database: Database, world: World, tmp_path: Path) -> None:
    old_mail(database, world)
    archived(database, tmp_path)
    mine = {name.partition("/")[0]: name for name in files.names(tmp_path)}

    def faults() -> list[str]:
        with database.system() as connection:
            found = catalogue.faults(connection, tmp_path)
            return [words for words in found if any(name in words for name in [*mine.values(), "other"])]

    assert faults() == []
    (tmp_path / mine["audit"]).unlink()
    damaged = tmp_path / mine["mails"]
    damaged.write_bytes(damaged.read_bytes()[:-9])
    (tmp_path / "mails/2020-01").mkdir()
    files.rewrite(tmp_path, "mails/2020-01/other.jsonl.gz", ["{}"])
    words = sorted(faults())
    assert len(words) == 3
    assert "missing" in words[0]
    assert "not in the catalogue" in words[1]
    assert "has changed" in words[2]


def test_only_their_owner_may_read_the_files(database: Database, world: World, tmp_path: Path) -> None:
    old_mail(database, world)
    archived(database, tmp_path)
    modes = {oct(path.stat().st_mode & 0o077) for path in tmp_path.rglob("*")}
    assert modes == {"0o0"}
