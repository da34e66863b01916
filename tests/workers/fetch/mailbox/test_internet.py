"""Where mailboxes of tenants may be: not inside the operator's network, nor at a server that nobody vouches for."""

from typing import Any

import pytest

from schemas.mailboxes import MailboxOptions, MailboxSecret
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import fetch_now
from tests.builders.world import World
from tests.servers.scripted_imap import ScriptedImap
from tests.workers.fetch.mailbox.lying_mailboxes import add
from workers.fetch.mailbox.connection_check import check
from workers.fetch.mailbox.transport import Route, SourceError


class TestWhereTenantsMayConnect:
    """A tenant's mailbox must not connect to servers that only this machine can reach."""

    @pytest.mark.parametrize(
        "host",
        [
            *(
                "127.0.0.1",
                "localhost",
                "10.0.0.1",
                "169.254.169.254",
                "192.168.1.1",
                "::1",
                "fe80::1",
                "fd00::1",
                "0.0.0.0",
            ),
            *(
                "::ffff:127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "100.64.0.1",
                "224.0.0.1",
                "0x7f.1",
                "2130706433",
                "64:ff9b:1::a9fe:a9fe",
                "64:ff9b:1::5db8:d822",
                "192.0.0.192",
                "192.88.99.1",
                "168.63.129.16",
                "::ffff:0:127.0.0.1",
                "::ffff:0:93.184.216.34",
                "::127.0.0.1",
                "::93.184.216.34",
                "fec0::1",
                "2001:db8::1",
                "3fff::1",
                "5f00::1",
                "100::1",
                "2001:0:7f00:1::",
                "2002:5db8:d822::",
                "2606:2800:220:1:0:5efe:a00:1",
                "2606:2800:220:1:200:5efe:7f00:1",
                "255.255.255.255",
            ),
        ],
    )
    def test_an_address_that_is_not_on_the_internet_is_refused(self, fetching: Resources, host: str) -> None:
        strict = fetching.settings.replace(source_private=False)
        given = MailboxOptions(host="x", port=143, username="x")
        with pytest.raises(SourceError, match="not on the Internet"):
            Route(host, 143, given.security, True, strict).addresses()
        assert Route(host, 143, given.security, False, strict).addresses()

    def test_the_words_do_not_say_where_a_name_leads(self, fetching: Resources, world: World) -> None:
        strict = Resources(fetching.settings.replace(source_private=False), fetching.database, fetching.blobs)
        given = MailboxOptions.model_validate({"host": "localhost", "port": 143, "username": "x", "security": "tls"})
        source = mailboxes.add(strict, world, given, secret=MailboxSecret(password="p"))
        report = check(source, strict)
        assert report is not None
        assert "localhost is at an address that is not on the Internet" in report.text()
        assert not any(word in report.text() for word in ("127.", "::1"))
        assert not any(word in fetch_now(strict, source).last_error for word in ("127.", "::1"))

    def test_an_address_on_the_internet_is_not(self, fetching: Resources) -> None:
        strict = fetching.settings.replace(source_private=False)
        given = MailboxOptions(host="x", port=143, username="x")
        for host in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "1.1.1.1"):
            assert Route(host, 143, given.security, True, strict).addresses() == [host]

    def test_a_fetch_does_not_connect_there(self, fetching: Resources, world: World) -> None:
        strict = fetching.settings.replace(source_private=False)
        with ScriptedImap() as server:
            source = add(fetching, world, server)
            after = fetch_now(Resources(strict, fetching.database, fetching.blobs), source)
        assert "not on the Internet" in after.last_error
        assert server.connections == 0

    def test_a_password_goes_in_clear_to_this_machine_only(self, fetching: Resources) -> None:
        given = MailboxOptions.model_validate({"host": "x", "port": 143, "username": "x", "security": "none"})
        with pytest.raises(SourceError, match="choose TLS"):
            Route("93.184.216.34", 143, given.security, True, fetching.settings).addresses()


def test_a_server_with_a_certificate_of_nobody_is_not_logged_in_to(
    fetching: Resources, world: World, dovecot: Any
) -> None:
    trusting = Resources(fetching.settings.replace(source_ca_file=None), fetching.database, fetching.blobs)
    source = mailboxes.add(trusting, world, mailboxes.options(dovecot, "ann"))
    after = fetch_now(trusting, source)
    assert "its certificate is not good" in after.last_error
    assert after.login_failures == 0
