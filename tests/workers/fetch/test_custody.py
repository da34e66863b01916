"""Custody: which mails are duplicates, and that no mail is acknowledged before it is durable."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from schemas.records import StoredEnvelope
from schemas.tables import OPERATOR, new_id
from storage.ledger import admission
from storage.resources import Resources
from tests.builders.world import World, make_world
from workers.fetch.content_key import header_of
from workers.fetch.custody import Arrival, CustodyService

MAIL = b"From: a@x\r\nSubject: hello\r\n\r\nText\r\n"


def arrival(recipient: str) -> Arrival:
    return Arrival(MAIL + uuid4().hex.encode(), recipient, "a@x", "ref")


def test_a_mail_in_custody_has_its_bytes_in_the_blob_store_and_a_row(resources: Resources, world: World) -> None:
    taken = arrival(f"case-1@{world.mail_domain}")
    CustodyService(resources).take(new_id(), [taken])
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select raw, state, recipient, sender from mails")).one()
    assert resources.blobs.get(row.raw) == taken.raw
    assert (row.state, row.recipient, row.sender) == ("waiting", taken.recipient, "a@x")


def test_a_mail_for_nobody_goes_to_the_operator(resources: Resources, world: World) -> None:
    lost = arrival("someone@elsewhere.invalid")
    batch_id = new_id()
    CustodyService(resources).take(batch_id, [lost])
    with resources.database.tenant(OPERATOR) as connection:
        raws = connection.execute(text("select raw from mails where batch_id = :id"), {"id": batch_id}).scalars()
        assert [resources.blobs.get(raw) for raw in raws] == [lost.raw]


def test_custody_is_all_or_nothing(resources: Resources, world: World) -> None:
    def guard(_: Connection) -> None:
        raise RuntimeError("the lease is lost")

    with pytest.raises(RuntimeError):
        CustodyService(resources).take(new_id(), [arrival(f"x@{world.mail_domain}")], guard=guard)
    with resources.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from mails")).scalar_one() == 0


def test_a_domain_is_found_whatever_its_letters_and_an_unknown_one_is_not(resources: Resources, world: World) -> None:
    custody = CustodyService(resources)
    assert custody.tenant_of(f"x@{world.mail_domain.upper()}") == world.tenant_id
    assert custody.tenant_of(f"x@evil-{world.mail_domain}") is None
    assert custody.tenant_of("") is None


def test_a_tenants_source_takes_for_that_tenant_alone_whatever_address_stands_in_the_mail(
    resources: Resources, world: World
) -> None:
    other = make_world(world.owner_url)
    custody = CustodyService(resources, world.tenant_id)
    assert custody.is_ours(f"x@{world.mail_domain}")
    assert not custody.is_ours(f"x@{other.mail_domain}")
    custody.take(new_id(), [arrival(f"case-1@{other.mail_domain}")])
    with resources.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select recipient from mails")).scalars().all() == [
            f"case-1@{other.mail_domain}"
        ]
    with resources.database.tenant(other.tenant_id) as connection:
        assert connection.execute(text("select count(*) from mails")).scalar_one() == 0


@pytest.mark.parametrize("size", [30_000_000, 2**31, 2**70], ids=["30 MB", "2 GB", "a lie"])
def test_of_a_mail_that_is_too_large_the_header_is_taken_and_its_size_noted(
    resources: Resources, world: World, size: int
) -> None:
    taken = replace(arrival(f"case-1@{world.mail_domain}"), whole_size=size)
    header = replace(taken, raw=header_of(taken.raw))
    CustodyService(resources).take(new_id(), [header])
    with resources.database.system() as connection:
        (mail,) = [
            admitted
            for admitted in admission.admit(connection, window=9, most=999)
            if admitted.tenant_id == world.tenant_id
        ]
    assert (mail.size, mail.whole_size) == (len(header.raw), min(size, 2**63 - 1))
    assert resources.blobs.get(mail.raw) == b"From: a@x\r\nSubject: hello\r\n\r\n"


def states(resources: Resources, world: World) -> list[tuple[str, str]]:
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select state, reason from mails order by state desc, id"))
        return [(row.state, row.reason) for row in rows]


def test_a_delivery_enters_once_after_a_crash_or_from_two_sources_and_another_delivery_enters_too(
    resources: Resources, world: World
) -> None:
    first = arrival(f"case-1@{world.mail_domain}")
    hop = replace(first, raw=b"Received: from a by b; 1 Jan 2026\r\n" + first.raw, source_ref="other")
    services = (CustodyService(resources), CustodyService(resources, world.tenant_id), CustodyService(resources))
    for custody, arrived in zip(services, (first, first, hop), strict=True):
        custody.take(new_id(), [arrived])
    assert states(resources, world) == [("waiting", ""), ("waiting", ""), ("dropped", "duplicate")]


def test_attack_44_another_mail_with_the_same_message_id_enters_too(resources: Resources, world: World) -> None:
    raws = [b"Message-ID: <1@x>\r\nFrom: %s@x\r\n\r\nWords of %s\r\n" % (name, name) for name in (b"e", b"l")]
    for raw in raws:
        CustodyService(resources).take(new_id(), [Arrival(raw, f"case-1@{world.mail_domain}", "e@x", "the same UID")])
    assert states(resources, world) == [("waiting", "")] * 2


@pytest.mark.parametrize(
    "odd",
    ["a\0b", "lone \udcff surrogate", "\udc80\0", "".join(map(chr, range(0x4E00, 0x7E00)))],
    ids=["NUL", "a surrogate", "both", "endless"],
)
def test_what_postgresql_does_not_take_keeps_no_mail_out(resources: Resources, world: World, odd: str) -> None:
    mails = [arrival(f"{odd}@{world.mail_domain}"), replace(arrival(f"x@{world.mail_domain}"), sender=odd)]
    mails.append(replace(arrival(f"y@{world.mail_domain}"), source_ref=odd))
    CustodyService(resources).take(new_id(), mails)
    assert states(resources, world) == [("waiting", "")] * 3


def test_the_envelope_is_stored_beside_the_mail_and_says_all_that_the_ledger_row_has(
    resources: Resources, world: World
) -> None:
    batch_id, source_id = new_id(), new_id()
    arrived = [arrival(f"case-{number}@{world.mail_domain}") for number in (1, 2)]
    CustodyService(resources, source_id=source_id).take(batch_id, [replace(each, said="spf=pass") for each in arrived])
    (pack,) = resources.blobs.files.walk(f"{world.tenant_id}/raw/{batch_id}")
    kept = [StoredEnvelope.load(data) for mail in resources.blobs.files.mails(pack) for data in mail.envelopes]
    with resources.database.system() as connection:
        rows = connection.execute(
            text("select * from mails where batch_id = :id order by recipient"), {"id": batch_id}
        ).all()
    assert [
        (row.id, bytes(row.content_key), row.recipient, row.sender, row.received_at, row.source_ref, row.whole_size)
        for row in rows
    ] == [
        (each.mail_id, each.content_key, each.recipient, each.sender, each.received_at, each.source_ref, 0)
        for each in kept
    ]
    assert {(each.source_id, each.said) for each in kept} == {(source_id, "spf=pass")}


def test_what_is_no_envelope_is_not_read_as_one() -> None:
    for data in (b"", b"{", b"{}", b"[]", b'{"mail_id": 1}', b"null"):
        with pytest.raises(ValueError):
            StoredEnvelope.load(data)
