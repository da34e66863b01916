"""Pictures that come in each mail of a person are learned as signature pictures; an admin can undo that."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from cases.erasure.erase import erase
from cases.files import signature_pictures
from cases.files.examine import Examined, Picture
from cases.files.signature_pictures import KnownPicture, Sighting, mail_key
from schemas.records import Attachment, Shown
from schemas.tables import new_id
from storage.resources import Resources
from tests.builders.file_selection import chosen, names, reasons, validated
from tests.builders.world import World, make_world
from tests.mails.entities import HEAD, Item, entity, multipart, text_part
from tests.mails.file_cases import PLAN
from tests.mails.file_contents import jpeg, png
from tests.mails.unusual_parts import rich, shown
from workers.attachments import part_rules, picture_rules
from workers.attachments.stage import select

LOGO = Item("words", "logo.png", "image/png", png(400, 150, 5))
#: By its place the picture is a file: casemail does not know the closing phrases of this language.
HTML = "<p>Sawa.</p><img src='cid:a@x'><p>Kampuni ya Smith</p>"


def mail(number: int, item: Item = LOGO) -> bytes:
    return rich(HTML, shown(item, "a@x")).replace(b"<files@", b"<%d@" % number)


def attached(number: int, item: Item) -> bytes:
    head = "\n".join(HEAD).replace("<files@", f"<{number}@")
    body = multipart("mixed", text_part("Sawa."), entity(item, "attachment"))
    return f"{head}\n".encode().replace(b"\n", b"\r\n") + body.replace(b"\n", b"\r\n")


def listed(resources: Resources, world: World) -> list[tuple[str, int, int, bool]]:
    with resources.database.tenant(world.tenant_id) as connection:
        rows = signature_pictures.listed(connection)
    return [(row.name, row.mails, row.hidden, row.no_signature) for row in rows]


def test_the_same_picture_of_one_sender_is_hidden_from_the_third_mail_on(resources: Resources, world: World) -> None:
    outcomes = [names(chosen(mail(number), resources, world)) for number in range(4)]
    assert outcomes == [("logo.png",), ("logo.png",), (), ()]
    assert reasons(chosen(mail(9), resources, world)) == [("logo.png", "signature_picture")]
    assert listed(resources, world) == [("logo.png", 5, 3, False)]


def test_a_mail_that_is_delivered_twice_or_came_at_two_addresses_counts_once(
    resources: Resources, world: World
) -> None:
    record = validated(mail(1), resources, world)
    assert [names(select(record, resources)) for _ in range(5)] == [("logo.png",)] * 5
    assert names(chosen(mail(1), resources, world)) == ("logo.png",)
    assert names(chosen(mail(2), resources, world)) == ("logo.png",)
    assert names(select(record, resources)) == ("logo.png",)


def test_others_of_the_tenant_and_other_tenants_learn_for_themselves(
    resources: Resources, world: World, migrated: object
) -> None:
    for number in range(3):
        chosen(mail(number), resources, world)
    other = make_world(world.owner_url)
    assert names(chosen(mail(9), resources, world, author="member")) == ("logo.png",)
    assert names(chosen(mail(9), resources, other)) == ("logo.png",)
    assert listed(resources, other) == []


def test_what_is_said_to_be_no_signature_is_a_file_again_and_stays_one(resources: Resources, world: World) -> None:
    for number in range(3):
        chosen(mail(number), resources, world)
    with resources.database.tenant(world.tenant_id) as connection:
        (row,) = signature_pictures.listed(connection)
        admin = world.people["admin"]
        assert signature_pictures.decide(connection, world.tenant_id, row.id, no_signature=True, by=admin)
        assert not signature_pictures.decide(connection, world.tenant_id, row.id, no_signature=True, by=admin)
    assert [names(chosen(mail(number), resources, world)) for number in (7, 8)] == [("logo.png",)] * 2
    assert listed(resources, world) == [("logo.png", 5, 1, True)]


def test_it_also_gives_back_what_was_hidden_for_its_size(resources: Resources, world: World) -> None:
    small = rich("<p>It leaks.</p><img src='cid:a@x'>", shown(LOGO._replace(data=png(150, 80)), "a@x"))
    assert reasons(chosen(small, resources, world)) == [("logo.png", "signature_picture")]
    with resources.database.tenant(world.tenant_id) as connection:
        (row,) = signature_pictures.listed(connection)
        signature_pictures.decide(connection, world.tenant_id, row.id, no_signature=True, by=world.people["admin"])
    assert names(chosen(small, resources, world)) == ("logo.png",)


def test_a_small_picture_attached_by_a_program_is_learned_later_and_a_photo_never(
    resources: Resources, world: World
) -> None:
    logo = [names(chosen(attached(number, LOGO), resources, world)) for number in range(4)]
    assert logo == [("logo.png",)] * 3 + [()]
    photo = Item("file", "photo.jpg", "image/jpeg", jpeg(8000, 6000))
    assert len(photo.data) > 100_000
    assert {names(chosen(attached(10 + number, photo), resources, world)) for number in range(6)} == {("photo.jpg",)}


def test_erasing_a_person_forgets_their_pictures(resources: Resources, world: World) -> None:
    for number in range(3):
        chosen(mail(number), resources, world)
    with resources.database.tenant(world.tenant_id) as connection:
        erase(connection, world.tenant_id, world.email("client"), by=None)
    assert listed(resources, world) == []
    with resources.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from signature_sightings")).scalar_one() == 0


def statements() -> float:
    return REGISTRY.get_sample_value("casemail_sql_statements_total", {"role": "casemail_app"}) or 0


def count(raw: bytes, resources: Resources, world: World) -> float:
    record = validated(raw, resources, world)
    before = statements()
    select(record, resources)
    return statements() - before


def test_a_mail_without_pictures_costs_no_statement_for_them(resources: Resources, world: World) -> None:
    # a transaction is begun, names its tenant, and is committed: one transaction reads the policy (for all mails of a
    # message), one stores the file; for a picture, one more reads the known pictures and one notes this picture
    words = "\r\n".join([*HEAD, "", "Yes."]).encode()
    assert count(words, resources, world) == 0
    assert count(attached(1, PLAN), resources, world) == 3 + 3
    assert count(mail(1), resources, world) == 3 + 3 + 3 + 3


def look(mark: int, known: Sequence[KnownPicture], size: tuple[int, int] = (400, 150)) -> str | None:
    """Returns the rule that leaves out a picture with this perceptual mark in the text; None if none does."""
    part = Attachment(
        part=1, name="a.png", declared_type="image/png", size=9, inline=True, referred=True, shown=Shown.WORDS
    )
    examined = Examined("image/png", "this", picture=Picture(*size, mark))
    seen = picture_rules.decoded_picture(part, part_rules.first_match(part), examined, (), known)
    assert seen is not None
    found = picture_rules.first_match(seen)
    return found and found.rule


MARK = 0xF0F0_1234_5678_9ABC


@pytest.mark.parametrize(
    ("mark", "mails", "size", "rule"),
    [
        (MARK, 3, (400, 150), "learned"),
        (MARK ^ 0b11111, 3, (400, 150), "learned"),
        (MARK ^ 0b111111, 9, (400, 150), None),  # six bits differ
        (MARK, 2, (400, 150), None),  # identical bytes need two mails, similar pictures need three
        (MARK, 9, (150, 400), None),  # another shape
        (MARK, 3, (440, 165), "learned"),  # made larger
        (MARK, 9, (1200, 450), None),  # large pictures: two scanned letters look nearly the same
    ],
)
def test_pictures_that_look_nearly_the_same_are_one(
    mark: int, mails: int, size: tuple[int, int], rule: str | None
) -> None:
    assert look(mark, [KnownPicture("other", MARK, 400, 150, mails, no_signature=False)], size) == rule


def test_what_looks_nearly_like_no_signature_is_none() -> None:
    known = [
        KnownPicture("other", MARK, 400, 150, 9, no_signature=True),
        KnownPicture("third", MARK, 400, 150, 9, no_signature=False),
    ]
    assert look(MARK, known) is None


@pytest.mark.parametrize("mark", [0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, None])
def test_a_mark_of_64_bits_is_kept_as_it_is(resources: Resources, world: World, mark: int | None) -> None:
    author_id, size = world.people["client"], None if mark is None else 9
    sighting = Sighting("a.png", "hash", mark, size, size, hidden=False)
    with resources.database.tenant(world.tenant_id) as connection:
        for _ in range(2):
            signature_pictures.note(connection, world.tenant_id, author_id, "mail", [sighting, sighting])
        (known,) = signature_pictures.known(connection, author_id, "another mail")
        assert known == KnownPicture("hash", mark, size, size, 1, no_signature=False)
        assert signature_pictures.known(connection, author_id, "mail")[0].mails == 0


def test_a_mail_without_an_id_is_its_row_of_the_ledger() -> None:
    first, other = new_id(), new_id()
    assert mail_key("", first) != mail_key("", other)
    assert mail_key("<a>", first) == mail_key("<a>", other)
    assert isinstance(first, UUID)
