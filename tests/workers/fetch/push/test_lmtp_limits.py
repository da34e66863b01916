"""The limits of the LMTP server: the size of a mail, connections, memory, the disk."""

import smtplib
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.resources import Resources
from tests.builders.world import World
from tests.servers.lmtp import serving
from tests.servers.small_disk import small_disk
from tests.workers.fetch.push.lmtp_mails import begun, entered, mail
from workers.fetch.push.memory_budget import Patience


def test_a_mail_over_the_limit_is_refused_and_the_limit_announced(resources: Resources, world: World) -> None:
    small = serving(resources, mail_size_limit=10_000)
    with small as settings, smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            client.sendmail("a@x.example", [f"x@{world.mail_domain}"], mail(20_000))
        assert client.esmtp_features["size"] == "10000"
    assert caught.value.smtp_code == 552
    assert entered(resources, world) == []


def test_a_mail_that_proves_too_large_is_refused_for_each_recipient(resources: Resources, world: World) -> None:
    ours = [f"case-{name}@{world.mail_domain}" for name in ("one", "two")]
    with (
        serving(resources, mail_size_limit=10_000) as settings,
        smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client,
    ):
        client.ehlo()
        client.mail("a@x.example")
        for address in ours:
            client.rcpt(address)
        client.docmd("data")
        client.send(mail(20_000) + b".\r\n")
        assert [client.getreply() for _ in ours] == [
            (552, b"5.3.4 The mail is larger than the limit that was announced")
        ] * 2
        assert client.noop()[0] == 250, "there is a reply for each recipient, and no more"


def test_connections_that_are_too_many_are_asked_to_come_again(
    resources: Resources,
) -> None:
    with serving(resources, patience=Patience(idle=3_600.0), lmtp_connections=2) as settings, ExitStack() as stack:
        clients = [
            stack.enter_context(smtplib.LMTP(settings.lmtp.host, settings.lmtp.port, timeout=60)) for _ in range(2)
        ]
        with pytest.raises(smtplib.SMTPConnectError) as caught:
            smtplib.LMTP(settings.lmtp.host, settings.lmtp.port, timeout=60)
        assert caught.value.smtp_code == 421
        assert [client.noop()[0] for client in clients] == [250, 250]
        clients[0].close()
        stack.enter_context(as_soon_as_there_is_room(settings))


def as_soon_as_there_is_room(settings: Settings) -> smtplib.LMTP:
    """Returns a connection, when the server has seen that another one was closed."""
    while True:
        with suppress(smtplib.SMTPConnectError):
            return smtplib.LMTP(settings.lmtp.host, settings.lmtp.port, timeout=60)
        time.sleep(0.02)


def test_more_mail_at_once_than_may_be_in_memory_waits_and_then_is_asked_to_come_again(
    resources: Resources, world: World
) -> None:
    small = {"mail_size_limit": 1_000_000, "lmtp_memory": 1_000_000}
    with serving(resources, patience=Patience(busy=0.3), **small) as settings, ExitStack() as stack:
        first, second, third = (stack.enter_context(begun(settings, world, size)) for size in (700_000, 600_000, 9_000))
        assert first.docmd("data")[0] == 354
        assert second.docmd("data") == (452, b"4.3.1 Too much mail at once, try again later")
        assert third.docmd("data")[0] == 354, "a small one still fits"
        for client in (first, third):
            client.send(mail() + b".\r\n")
            assert client.getreply()[0] == 250
        assert second.docmd("data")[0] == 354
        second.send(mail() + b".\r\n")
        assert second.getreply()[0] == 250
    assert len(entered(resources, world)) == 3


def test_a_client_that_goes_away_in_the_middle_of_a_mail_gives_its_room_back(
    resources: Resources, world: World
) -> None:
    with serving(resources, mail_size_limit=1_000_000, lmtp_memory=1_000_000) as settings:
        for _ in range(4):
            client = begun(settings, world, 900_000)
            assert client.docmd("data")[0] == 354
            client.send(b"half a mail\r\n")
            client.close()


def test_a_mail_much_larger_than_its_sender_said_is_refused(resources: Resources, world: World) -> None:
    with serving(resources) as settings, begun(settings, world, 1_000) as client:
        client.docmd("data")
        client.send(mail(200_000) + b".\r\n")
        assert client.getreply()[0] == 552


def test_when_the_disk_is_nearly_full_the_sender_keeps_the_mail_and_all_goes_on_by_itself(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    with small_disk(tmp_path) as (folder, fill):
        full = Resources(
            resources.settings.replace(blob_url=str(folder), disk_reserve=2_000_000),
            resources.database,
            Blobs(str(folder)),
        )
        with serving(full) as settings, smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
            client.sendmail("a@x.example", [f"x@{world.mail_domain}"], mail())
            fill(3_000_000)
            time.sleep(1.1)
            with pytest.raises(smtplib.SMTPSenderRefused) as caught:
                client.sendmail("a@x.example", [f"x@{world.mail_domain}"], mail())
            assert caught.value.smtp_code == 452
            fill(0)
            time.sleep(1.1)
            client.sendmail("a@x.example", [f"x@{world.mail_domain}"], mail())
    assert len(entered(resources, world)) == 2
