"""The benchmark of custody runs on a real database, and notices a mail that is lost or duplicated."""

from pathlib import Path

import pytest

from ops.bench.fetch import Way, compare, measure
from ops.bench.generator import Correspondent
from ops.bench.imap import Server
from ops.embedded.process import free_port
from schemas.settings import Settings
from storage.resources import Resources
from tests.builders.command import casemail, environment
from tests.servers.dovecot import PASSWORD, Dovecot


def test_each_way_is_measured_beside_a_bare_one_and_every_mail_is_in_custody(
    own_database: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], dovecot: Dovecot
) -> None:
    port = free_port()
    own = own_database.replace(lmtp_port=port)
    env = environment(own) | {"CASEMAIL_LMTP_PORT": str(port)}
    dovecot.mailbox("bench").fill({})
    mailbox = Server.parse(f"imap://bench:{PASSWORD}@127.0.0.1:{dovecot.ports['imap']}")
    assert compare(own, env, tmp_path, count=50, turns=1, mailbox=mailbox) == 0
    printed = capsys.readouterr().out
    for words in ("LMTP", "Maildir", "IMAP", "lost or doubled: 0", "for 50 mailboxes", "memory of the LMTP server"):
        assert words in printed


def test_missing_mails_are_counted(resources: Resources) -> None:
    ways = [Way("nothing", lambda _: 1.0, lambda _: 1.0, lambda _: 1.0)]
    people = [Correspondent("a@people.example", "case-1@cases.example")]
    assert measure(ways, people, resources, count=7, turns=2) == 14


def test_a_wrong_imap_url_is_refused() -> None:
    done = casemail("bench", "fetch", "--imap", "mail.example.org")
    assert done.returncode == 2
    assert "imap://user:password@host:port" in done.stderr
