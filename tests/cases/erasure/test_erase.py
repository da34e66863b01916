"""A person's mails are erased on request; their content keys and the tenant's own records stay."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.erasure.erase import ERASED_WORDS, erase
from cases.erasure.erased import Erased
from schemas.tables import MailState, Via, new_id, now
from storage.blobs.store import BlobMissingError, of_mail
from storage.ledger import retention
from storage.resources import Resources
from tests.builders.conservation import line
from tests.builders.rows import add_file, add_mail, add_update, run
from tests.builders.world import World, make_world
from workers.fetch.custody import Arrival, CustodyService


def arrive(resources: Resources, world: World, name: str, words: str = "My words.") -> UUID:
    """Takes a mail from the person into custody; returns its id."""
    raw = f"From: {world.email(name)}\r\nSubject: Private\r\n\r\n{words}\r\n".encode()
    CustodyService(resources).take(new_id(), [Arrival(raw, f"case-1@{world.mail_domain}", world.email(name), "ref")])
    rows = run(world, "select id from mails where tenant_id = :id order by id desc limit 1", id=world.tenant_id)
    mail_id: UUID = rows[0].id
    return mail_id


def ended(resources: Resources, world: World, name: str, state: MailState) -> UUID:
    mail_id = arrive(resources, world, name)
    run(
        world,
        "update mails set state = :state, ended_at = now(), author = sender, subject = 'Private', reason = :reason,"
        " evidence = jsonb_build_object('author', sender) where id = :id",
        id=mail_id,
        state=state,
        reason="" if state is MailState.POSTED else "not_allowed",
    )
    return mail_id


def posted(resources: Resources, world: World, name: str) -> tuple[UUID, UUID, str]:
    """Inserts a mail that posted; returns its id, its update, and the blob of its file."""
    mail_id = ended(resources, world, name, MailState.POSTED)
    update_id = add_update(world, name, "My words.", via=Via.EMAIL, mail_id=mail_id, cut=[{"text": "quoted"}])
    blob = resources.blobs.put(world.tenant_id, of_mail(mail_id, "file"), b"a file")
    add_file(world, update_id, "a.txt", blob)
    return mail_id, update_id, blob


def ask(resources: Resources, world: World, name: str, *, updates: bool = False) -> Erased:
    with resources.database.tenant(world.tenant_id) as connection:
        return erase(connection, world.tenant_id, world.email(name).upper(), by=world.people["admin"], updates=updates)


def row(world: World, mail_id: UUID) -> Any:
    return run(world, "select * from mails where id = :id", id=mail_id)[0]


def sweep(resources: Resources) -> None:
    retention.sweep(resources.database, resources.blobs, most=10_000)


def update(world: World, update_id: UUID) -> Any:
    return run(world, "select text, cut, author_id from updates where id = :id", id=update_id)[0]


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (MailState.HELD, ("dropped", "erased")),
        (MailState.FORWARDED, ("forwarded", "not_allowed")),
        (MailState.DROPPED, ("dropped", "not_allowed")),
    ],
)
def test_bytes_and_index_go_and_the_mark_stays(
    resources: Resources, world: World, state: MailState, after: tuple[str, str]
) -> None:
    mail_id = ended(resources, world, "client", state)
    before = row(world, mail_id)
    assert ask(resources, world, "client") == Erased(mails=1, updates=0, on_their_way=0)
    sweep(resources)
    mail = row(world, mail_id)
    assert (mail.author, mail.subject, mail.sender, mail.evidence, mail.raw) == ("", "", "", {}, "")
    assert (mail.state, mail.reason) == after
    assert mail.content_key == before.content_key
    assert mail.raw_deleted_by == "erasure"
    assert mail.raw_deleted_at is not None
    with pytest.raises(BlobMissingError):
        resources.blobs.get(before.raw)


def test_no_trace_of_the_person_is_left_in_ledger_or_audit(resources: Resources, world: World) -> None:
    ended(resources, world, "client", MailState.HELD)
    ask(resources, world, "client")
    sweep(resources)
    for table in ("mails", "audit"):
        rows = run(world, f"select t::text as all from {table} t where tenant_id = :id", id=world.tenant_id)
        assert rows
        assert not any(world.email("client") in row.all or "Private" in row.all for row in rows)


def test_what_is_delivered_again_does_not_come_back(resources: Resources, world: World) -> None:
    first = ended(resources, world, "client", MailState.POSTED)
    ask(resources, world, "client")
    sweep(resources)
    again = arrive(resources, world, "client")
    mail = row(world, again)
    assert (mail.state, mail.reason, mail.duplicate_of, mail.sender) == ("dropped", "duplicate", first, "")
    sweep(resources)
    with pytest.raises(BlobMissingError):
        resources.blobs.get(mail.raw)
    assert row(world, again).raw == ""


def test_copies_that_came_in_before_go_too(resources: Resources, world: World) -> None:
    first = ended(resources, world, "client", MailState.POSTED)
    copy = arrive(resources, world, "client")
    assert row(world, copy).duplicate_of == first
    assert ask(resources, world, "client").mails == 2
    assert row(world, copy).sender == ""


def test_an_update_is_the_tenants_record_and_stays_without_what_was_cut_from_the_mail(
    resources: Resources, world: World
) -> None:
    _, update_id, blob = posted(resources, world, "client")
    assert ask(resources, world, "client") == Erased(mails=1, kept=1)
    sweep(resources)
    assert (update(world, update_id).text, update(world, update_id).cut) == ("My words.", [])
    assert resources.blobs.get(blob) == b"a file"


@pytest.mark.parametrize("erased_before", [False, True])
def test_when_updates_are_to_go_too_their_words_and_files_go(
    resources: Resources, world: World, erased_before: bool
) -> None:
    _, update_id, blob = posted(resources, world, "client")
    if erased_before:
        ask(resources, world, "client")
        sweep(resources)
    assert ask(resources, world, "client", updates=True) == Erased(mails=1, updates=1, files=1)
    sweep(resources)
    assert update(world, update_id).text == ERASED_WORDS
    assert run(world, "select count(*) from update_files where update_id = :id", id=update_id) == [(0,)]
    with pytest.raises(BlobMissingError):
        resources.blobs.get(blob)
    assert line(resources.database, world).posted == 1
    assert line(resources.database, world).unaccounted == 0


def test_a_mail_on_its_way_is_counted_and_left_alone(resources: Resources, world: World) -> None:
    mail_id = arrive(resources, world, "client")
    assert ask(resources, world, "client") == Erased(mails=0, updates=0, on_their_way=1)
    assert row(world, mail_id).sender == world.email("client")


def test_nobody_elses_mail_goes(resources: Resources, world: World) -> None:
    others = [ended(resources, world, "member", MailState.HELD), posted(resources, world, "staff")[0]]
    abroad = make_world(world.owner_url)
    foreign = add_mail(abroad, MailState.HELD, author=world.email("client"), ended_at=now())
    ask(resources, world, "client", updates=True)
    assert all(row(world, mail_id).author for mail_id in (*others, foreign))


def test_each_mail_is_in_the_audit_with_who_did_it(resources: Resources, world: World) -> None:
    mail_id = ended(resources, world, "client", MailState.HELD)
    ask(resources, world, "client")
    with world.owner().connect() as connection:
        acts = connection.execute(
            text("select act, actor_id, subject_id, details from audit where tenant_id = :id order by act"),
            {"id": world.tenant_id},
        ).all()
    assert acts == [
        ("mail.erased", world.people["admin"], mail_id, {"updates": "kept"}),
        ("person.erased", world.people["admin"], world.tenant_id, {"mails": "1"}),
    ]


def test_an_address_with_a_domain_in_other_letters_is_found_as_mails_write_it(
    resources: Resources, world: World
) -> None:
    spelled = add_mail(world, MailState.HELD, author="eva@bücher.example", ended_at=now())
    ascii_ = add_mail(world, MailState.HELD, author="Eva@xn--bcher-kva.example", ended_at=now())
    with resources.database.tenant(world.tenant_id) as connection:
        assert erase(connection, world.tenant_id, "eva@BÜCHER.example", by=None).mails == 2
    assert {row(world, address).state for address in (spelled, ascii_)} == {"dropped"}
