"""Whose Authentication-Results count: those of the server that hands mail to the source, and no others."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from schemas.mailboxes import LMTP, LMTP_OTHERS
from schemas.records import Verdict
from schemas.tables import SourceKind
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.authentic_mails import EDGE, letter, prove
from tests.builders.world import World, batch_of
from tests.servers.name_server import NameServer
from workers.authenticate.providers import PROVIDERS, provider
from workers.fetch.push.lmtp import Handler

#: A field with which a sender pretends that the operator's server wrote it.
FORGED = f"Authentication-Results: {EDGE}; dmarc=pass header.from=legit.org\r\n"


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer()
    yield running
    running.close()


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


@pytest.fixture
def verdict(resources: Resources, world: World, server: NameServer, address: str) -> Any:
    """Returns a function that gives the verdict on a mail with this header on top that came by such a source."""

    def of(header: str, kind: SourceKind, name: str = "source", *, of_tenant: bool = False, **options: Any) -> Verdict:
        batch_id = batch_of(world, kind, name, of_tenant=of_tenant, **options)
        raw = header.encode() + letter(address)
        asked: dict[str, Any] = {"authserv_id": EDGE, "dns_servers": server.address}
        return prove(resources, world, raw, address, batch_id=batch_id, **asked).verdict

    return of


def test_the_word_of_the_operators_server_counts_where_that_server_hands_mail_over(verdict: Any) -> None:
    assert verdict(FORGED, SourceKind.LMTP, LMTP) is Verdict.PROVEN
    assert verdict(FORGED, SourceKind.COMMAND, "casemail ingest") is Verdict.PROVEN


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (SourceKind.LMTP, {}),
        (SourceKind.HTTP, {"shape": "generic"}),
        (SourceKind.HTTP, {"shape": "mailgun"}),
        (SourceKind.HTTP, {"shape": "sns"}),
        (SourceKind.IMAP, {"host": "imap.hoster.example"}),
        (SourceKind.IMAP, {"host": "imap.gmail.com"}),
        (SourceKind.POP3, {"host": "127.0.0.1"}),
        (SourceKind.MAILDIR, {}),
        (SourceKind.IMAP, {"host": "imap.hoster.example", "authserv_id": "mx.hoster.example"}),
    ],
)
@pytest.mark.parametrize("of_tenant", [True, False])
def test_it_counts_nowhere_else(verdict: Any, kind: SourceKind, options: dict[str, Any], of_tenant: bool) -> None:
    name = LMTP_OTHERS if kind is SourceKind.LMTP else f"{kind} {sorted(options.items())}"
    assert verdict(FORGED, kind, name, of_tenant=of_tenant, **options) is Verdict.NOT_PROVEN


def test_a_mailbox_may_have_a_server_of_its_own(verdict: Any) -> None:
    own = "Authentication-Results: mx.hoster.example; dmarc=pass header.from=legit.org\r\n"
    chosen = {"host": "imap.hoster.example", "authserv_id": "mx.hoster.example"}
    assert verdict(own, SourceKind.IMAP, "set", of_tenant=True, **chosen) is Verdict.PROVEN
    assert verdict(own, SourceKind.IMAP, "not set", of_tenant=True, host="imap.hoster.example") is Verdict.NOT_PROVEN
    assert verdict(own, SourceKind.MAILDIR, "maildir", authserv_id="mx.hoster.example") is Verdict.PROVEN
    google = "Authentication-Results: mx.google.com; dmarc=pass header.from=legit.org\r\n"
    nobody = {"host": "imap.gmail.com", "authserv_id": "none"}
    assert verdict(google, SourceKind.IMAP, "nobody", of_tenant=True, **nobody) is Verdict.NOT_PROVEN


def test_a_server_that_writes_several_fields_is_read_to_its_hop(verdict: Any) -> None:
    lines = [
        "Authentication-Results: mx.own.example; spf=none smtp.mailfrom=legit.org\r\n",
        "Authentication-Results: mx.own.example; dmarc=pass header.from=legit.org\r\n",
    ]
    two = {"authserv_id": "mx.own.example", "authserv_fields": 2}
    assert verdict("".join(lines), SourceKind.MAILDIR, "two", **two) is Verdict.PROVEN
    hop = "Received: from legit.org by mx.own.example\r\n"
    assert verdict(hop.join(lines), SourceKind.MAILDIR, "two", **two) is Verdict.NOT_PROVEN
    # the sender's own line may follow directly; it repeats a method that the server has reported, so it does not count
    forged = lines[0].replace("none", "pass")
    assert verdict(lines[0] + forged, SourceKind.MAILDIR, "two", **two) is Verdict.NOT_PROVEN
    one = {"authserv_id": "mx.own.example"}
    assert verdict("".join(lines), SourceKind.MAILDIR, "one", **one) is Verdict.NOT_PROVEN


#: The top of a mail that passes, as each provider writes it into its mailboxes.
BEGIN = {
    "imap.gmail.com": (
        "Delivered-To: ann@gmail.com\r\nReceived: by 2002:a05:7022:1 with SMTP id x\r\n"
        "X-Received: by 2002:a05:6402:1 with SMTP id y\r\nARC-Seal: i=1; a=rsa-sha256; cv=none; d=google.com\r\n"
        "ARC-Authentication-Results: i=1; mx.google.com; dmarc=fail header.from=legit.org\r\n"
        "Return-Path: <client@legit.org>\r\nReceived: from mail.legit.org (mail.legit.org. [192.0.2.1])\r\n"
        "        by mx.google.com with ESMTPS id z for <ann@gmail.com>\r\nReceived-SPF: pass (google.com: ...)\r\n"
        "Authentication-Results: mx.google.com;\r\n       spf=pass (google.com: domain of client@legit.org designates"
        " 192.0.2.1 as permitted sender) smtp.mailfrom=client@legit.org;\r\n"
        "       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=legit.org\r\n"
    ),
    "outlook.office365.com": (
        "Received: from AM0PR01MB1.eurprd01.prod.exchangelabs.com (::1) by\r\n"
        " AM0PR01MB2.eurprd01.prod.outlook.com with HTTPS; Mon, 30 Nov 2026 12:00:00 +0000\r\n"
        "Received: from DB5EUR01FT001.eop-EUR01.prod.protection.outlook.com (2603::1) by\r\n"
        " AM0PR01CA0001.outlook.office365.com (2603::2) with Microsoft SMTP Server id 15.20\r\n"
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=legit.org; dkim=none\r\n"
        " (message not signed) header.d=none;dmarc=pass action=none header.from=legit.org;compauth=pass reason=100\r\n"
        "Received-SPF: Pass (protection.outlook.com: domain of legit.org)\r\n"
    ),
    "imap.fastmail.com": (
        "Return-Path: <client@legit.org>\r\nReceived: from phl-compute-01.internal by mailmx.phl.internal (Cyrus)\r\n"
        "Authentication-Results: mx1.messagingengine.com; x-csa=none; x-me-sender=none\r\n"
        "Authentication-Results: mx1.messagingengine.com; bimi=skipped (DMARC Policy is not at enforcement)\r\n"
        "Authentication-Results: mx1.messagingengine.com; arc=none (no signatures found)\r\n"
        "Authentication-Results: mx1.messagingengine.com; spf=pass smtp.mailfrom=client@legit.org;\r\n"
        "    dmarc=pass policy.published-domain-policy=none (p=none,d=none) header.from=legit.org\r\n"
        "Received: from mail.legit.org (mail.legit.org [192.0.2.1]) by mx1.messagingengine.com (Postfix)\r\n"
    ),
    "imap.mail.yahoo.com": (
        "X-Apparently-To: ann@yahoo.com; Mon, 30 Nov 2026 12:00:00 +0000\r\nReturn-Path: <client@legit.org>\r\n"
        "Authentication-Results: atlas-baseline.v2-mail-prod1-bf1.omega.yahoo.com;\r\n dkim=unknown;\r\n"
        " spf=pass smtp.mailfrom=legit.org;\r\n dmarc=pass(p=NONE) header.from=legit.org;\r\n"
        "Received: from 192.0.2.1 (EHLO mail.legit.org) by 10.0.0.1 with SMTPs\r\n"
    ),
    "imap.mail.me.com": (
        "Return-path: <client@legit.org>\r\n"
        'Authentication-Results: bimi.icloud.com; bimi=skipped reason="insufficient dmarc"\r\n'
        "Authentication-Results: dmarc.icloud.com; dmarc=pass header.from=legit.org\r\n"
        "Authentication-Results: dkim-verifier.icloud.com; dkim=none\r\n"
        "Authentication-Results: spf.icloud.com; spf=pass (spf.icloud.com: domain of client@legit.org designates"
        " 192.0.2.1 as permitted sender) smtp.mailfrom=client@legit.org\r\n"
    ),
    "imap.zoho.eu": (
        "Delivered-To: ann@zoho.eu\r\nReceived-SPF: pass (zohomail.eu: domain of legit.org)\r\n"
        "Authentication-Results: mx.zohomail.eu;\r\n\tspf=pass (zohomail.eu: ok)  smtp.mailfrom=client@legit.org;\r\n"
        "\tdmarc=pass(p=none dis=none)  header.from=legit.org\r\n"
    ),
    "imap.gmx.net": "Authentication-Results: gmx.net; dmarc=pass header.from=legit.org\r\nX-UI-Sender-Class: x\r\n",
    "imap.web.de": "Authentication-Results: web.de; dmarc=pass header.from=legit.org\r\nX-UI-Sender-Class: x\r\n",
}


@pytest.mark.parametrize("host", BEGIN)
def test_the_fields_of_the_big_providers_are_understood_by_the_host(verdict: Any, host: str) -> None:
    header = BEGIN[host]
    assert verdict(header, SourceKind.IMAP, f"pass {host}", of_tenant=True, host=host) is Verdict.PROVEN
    failed = header.replace("dmarc=pass", "dmarc=fail").replace("p=NONE", "p=REJECT").replace("p=none", "p=reject")
    failed = failed.replace("policy=none", "policy=reject")
    found = verdict(failed, SourceKind.IMAP, f"fail {host}", of_tenant=True, host=host)
    assert found in (Verdict.DISOWNED, Verdict.NOT_PROVEN)
    # the same lines do not count in another provider's mailbox, or where a sender wrote them further down
    other = verdict(header, SourceKind.IMAP, f"other {host}", of_tenant=True, host="imap.hoster.example")
    assert other is Verdict.NOT_PROVEN
    below = f"{failed}Received: from evil.example by evil.example\r\n{header}"
    assert verdict(below, SourceKind.IMAP, f"below {host}", of_tenant=True, host=host) is not Verdict.PROVEN


@pytest.mark.parametrize(
    "host", ["imap.gmail.com", "outlook.office365.com", "imap.fastmail.com", "imap.mail.yahoo.com"]
)
def test_what_stands_below_the_hop_of_another_server_is_not_the_provider_s(verdict: Any, host: str) -> None:
    below = "Received: from a.example by evil.example with SMTP\r\n" + BEGIN[host]
    assert verdict(below, SourceKind.IMAP, f"hop {host}", of_tenant=True, host=host) is Verdict.NOT_PROVEN


def test_every_provider_of_the_table_has_an_example() -> None:
    assert {edge.name for _, edge in PROVIDERS} == {found.name for host in BEGIN if (found := provider(host))}
    for host in ("imap.gmail.com.evil.example", "ximap.gmail.com", "evil.example", "", "notoutlook.com"):
        assert provider(host) is None


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("203.0.113.5", False),
        ("2001:db8::5", False),
        ("::ffff:203.0.113.5", False),
        ("fe80::1%eth0", False),
    ],
)
def test_lmtp_from_elsewhere_is_a_source_of_its_own(resources: Resources, peer: str, trusted: bool) -> None:
    class Session:
        def __init__(self) -> None:
            self.peer = (peer, 40000)

    async def chosen() -> bool:
        handler = Handler(resources)
        return handler._commit_for(Session(), 1) is handler.commits[0]  # type: ignore[arg-type]

    assert asyncio.run(chosen()) is trusted


def test_what_a_provider_says_outside_of_the_mail_counts_for_its_webhook(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    """Amazon SES reports its results beside the mail; there, results inside the mail do not count."""
    batch_id = batch_of(world, SourceKind.HTTP, "ses", shape="sns")
    wanted = {
        "amazonses.com; dmarc=pass": Verdict.PROVEN,
        "amazonses.com; dmarc=fail policy.dmarc=reject": Verdict.DISOWNED,
        "amazonses.com; dmarc=none": Verdict.NOT_PROVEN,
        "amazonses.com; dmarc=none; spf=pass smtp.mailfrom=legit.org": Verdict.PROVEN,
        "amazonses.com; dmarc=none; spf=pass smtp.mailfrom=evil.net": Verdict.NOT_PROVEN,
        "amazonses.com; dmarc=temperror": Verdict.UNKNOWN,
    }
    for number, (said, expected) in enumerate(wanted.items()):
        raw = (FORGED + f"X-Number: {number}\r\n").encode() + letter(address)
        assert prove(
            resources, world, raw, address, batch_id=batch_id, said=said, dns_servers=server.address
        ).verdict is (expected)
    with resources.database.system() as connection:
        assert connection.execute(text("select count(*) from sender_words")).scalar_one() >= len(wanted)
