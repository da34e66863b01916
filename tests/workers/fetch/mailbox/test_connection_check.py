"""The connection test of a mailbox, against a real Dovecot."""

from typing import Any

import pytest

from cases.inbound.connection_report import Report
from schemas.mailboxes import MailboxSecret
from schemas.tables import SourceKind
from storage.resources import Resources
from tests.builders.mailboxes import add, mails, options
from tests.builders.world import World
from tests.servers.dovecot import Dovecot, Mailbox
from workers.fetch.mailbox.connection_check import check


class TestTheConnection:
    """The connection test reports each step and changes nothing in the mailbox."""

    def steps(self, report: Report | None) -> dict[str, tuple[bool | None, str]]:
        assert report is not None
        return {step.name: (step.good, step.words) for step in report.steps}

    def test_it_goes_step_by_step_and_changes_nothing(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        box.fill(mails(world, 2))
        source = add(fetching, world, options(dovecot, box.user))
        report = check(source, fetching)
        steps = self.steps(report)
        assert [good for good, _ in steps.values()] == [True] * 9
        assert "issued by OU=Testing CA" in steps["TLS"][1]
        assert steps["folder"][1] == "INBOX has 2 mails"
        assert steps["folder to move to"][1] == "casemail will be made; mails are moved by MOVE"
        assert report is not None
        assert report.good
        assert "opens_every_mailbox" not in report.text()
        assert len(box.bodies()) == 2
        assert not (box.home / "Maildir" / ".casemail").exists()

    @pytest.mark.parametrize(
        ("more", "step", "words"),
        [
            ({"host": "no-such-server.invalid"}, "name", "there is no server of the name"),
            ({"port": 1}, "connection", "nothing answers at port 1"),
            ({"folder": "Not there"}, "folder", "doesn't exist"),
        ],
    )
    def test_it_ends_at_the_step_that_fails(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        more: dict[str, Any],
        step: str,
        words: str,
    ) -> None:
        steps = self.steps(check(add(fetching, world, options(dovecot, box.user, **more)), fetching))
        assert list(steps)[-1] == step
        assert steps[step][0] is False
        assert words in steps[step][1]

    def test_a_wrong_password_a_wrong_name_in_the_certificate_and_an_unknown_key_are_reported(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        wrong = add(fetching, world, options(dovecot, box.user), secret=MailboxSecret(password="wrong one"))
        steps = self.steps(check(wrong, fetching))
        assert steps["log-in"][0] is False
        assert "wrong one" not in str(steps)
        strict = fetching.settings.replace(source_ca_file=None)
        steps = self.steps(check(wrong, Resources(strict, fetching.database, fetching.blobs)))
        assert list(steps)[-1] == "TLS"
        assert "its certificate is not good" in steps["TLS"][1]
        other = fetching.settings.replace(secret_keys=())
        steps = self.steps(check(wrong, Resources(other, fetching.database, fetching.blobs)))
        assert steps["settings"][0] is False
        assert "CASEMAIL_SECRET_KEYS" in steps["settings"][1]

    @pytest.mark.parametrize("security", ["tls", "starttls", "none"])
    def test_a_pop3_mailbox_is_tested_too(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, security: str
    ) -> None:
        box.fill(mails(world, 2))
        given = options(dovecot, box.user, SourceKind.POP3, security=security)
        steps = self.steps(check(add(fetching, world, given, kind=SourceKind.POP3), fetching))
        assert steps["mails"][1].startswith("2 mails")
        assert all(good is not False for good, _ in steps.values())
        assert len(box.bodies()) == 2
