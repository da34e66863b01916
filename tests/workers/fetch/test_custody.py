"""Custody: what makes a mail the same mail, and that nobody is told before it is durable."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from schemas.tables import OPERATOR, new_id
from tests.world import World
from workers.fetch.custody import Arrival, Custodian, content_key
from workers.house import House

MAIL = b"From: a@x\r\nSubject: hello\r\n\r\nText\r\n"


@pytest.mark.parametrize(
    "other",
    [
        b"Received: from a by b;\r\n\tMon, 1 Jan 2026\r\n" + MAIL,
        b"Return-Path: <a@x>\r\nDelivered-To: b@y\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        b"ARC-Seal: i=1; a=rsa;\n b=xyz\n" + MAIL,
    ],
)
def test_the_same_mail_by_another_way_is_the_same(other: bytes) -> None:
    assert content_key(other, "r@x") == content_key(MAIL, "R@X")


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Text", b"Other"),
        MAIL.replace(b"hello", b"other"),
        b"Received-By-Me: x\r\n" + MAIL,
        MAIL + b"Received: from a\r\n",
        b"X: y\r\n received: z\r\n" + MAIL,
    ],
)
def test_another_mail_is_another_whatever_its_message_id(other: bytes) -> None:
    assert content_key(other, "r@x") != content_key(MAIL, "r@x")


def test_the_same_mail_for_another_recipient_is_another() -> None:
    assert content_key(MAIL, "r@x") != content_key(MAIL, "s@x")


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"no header", b"\xff\x00", b"Received: x"])
def test_any_bytes_have_a_key(raw: bytes) -> None:
    assert len(content_key(raw, "r@\udcff")) == 48


def arrival(recipient: str) -> Arrival:
    return Arrival(MAIL + uuid4().hex.encode(), recipient, "a@x", "ref")


def test_a_mail_in_custody_has_its_bytes_in_the_blob_store_and_a_row(house: House, world: World) -> None:
    taken = arrival(f"case-1@{world.mail_domain}")
    Custodian(house).take(new_id(), [taken])
    with house.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select raw, state, recipient, sender from mails")).one()
    assert house.blobs.get(row.raw) == taken.raw
    assert (row.state, row.recipient, row.sender) == ("waiting", taken.recipient, "a@x")


def test_a_mail_for_nobody_goes_to_the_operator(house: House, world: World) -> None:
    lost = arrival("someone@elsewhere.invalid")
    Custodian(house).take(new_id(), [lost])
    with house.database.tenant(OPERATOR) as connection:
        raws = connection.execute(text("select raw from mails")).scalars()
        assert lost.raw in [house.blobs.get(raw) for raw in raws if (Path(house.settings.blob_url) / raw).exists()]


def test_custody_is_all_or_nothing(house: House, world: World) -> None:
    def guard(_: Connection) -> None:
        raise RuntimeError("the lease is lost")

    with pytest.raises(RuntimeError):
        Custodian(house).take(new_id(), [arrival(f"x@{world.mail_domain}")], guard=guard)
    with house.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from mails")).scalar_one() == 0


def test_a_domain_is_found_whatever_its_letters_and_an_unknown_one_is_not(house: House, world: World) -> None:
    custodian = Custodian(house)
    assert custodian.tenant_of(f"x@{world.mail_domain.upper()}") == world.tenant_id
    assert custodian.tenant_of(f"x@evil-{world.mail_domain}") is None
    assert custodian.tenant_of("") is None
