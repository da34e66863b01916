"""XOAUTH2 on a real Dovecot, with tokens of a real authorization server."""

from typing import Any
from uuid import UUID

import pytest

from schemas.mailboxes import MailboxSecret
from storage.resources import Resources
from tests.builders.mailboxes import add, entered, fetch_now, mails, options, prints, row
from tests.builders.world import World
from tests.servers.authorization_server import AuthorizationServer
from tests.servers.dovecot import Dovecot, Mailbox


class TestTokens:
    """The tokens with which casemail opens a mailbox."""

    def source(
        self, resources: Resources, world: World, dovecot: Dovecot, box: Mailbox, tokens: AuthorizationServer
    ) -> UUID:
        tokens.refresh["first refresh"] = box.user
        given = options(dovecot, box.user, login="oauth2", client_id="an app", token_url=tokens.url)
        secret = MailboxSecret(client_secret="of the app", refresh_token="first refresh")
        return add(resources, world, given, secret=secret)

    def test_a_mailbox_is_opened_with_a_token_which_is_used_until_it_ends(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, tokens: AuthorizationServer
    ) -> None:
        given = mails(world, 2)
        box.fill(given)
        source = self.source(fetching, world, dovecot, box, tokens)
        asked = len(tokens.forms)
        assert fetch_now(fetching, source).last_error == ""
        assert entered(fetching, world) == sorted(prints(given.values()))
        fetch_now(fetching, source)
        assert tokens.forms[asked:] == [
            {
                "client_id": "an app",
                "client_secret": "of the app",
                "grant_type": "refresh_token",
                "refresh_token": "first refresh",
            }
        ]

    def test_a_token_that_the_server_takes_no_more_is_got_anew(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, tokens: AuthorizationServer
    ) -> None:
        source = self.source(fetching, world, dovecot, box, tokens)
        fetch_now(fetching, source)
        tokens.good.clear()
        assert fetch_now(fetching, source).last_error == ""

    def test_a_token_is_got_anew_before_it_ends(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        tokens: AuthorizationServer,
        monkeypatch: Any,
    ) -> None:
        source = self.source(fetching, world, dovecot, box, tokens)
        monkeypatch.setattr(tokens, "lasts", 0)
        asked = len(tokens.forms)
        for _ in range(2):
            assert fetch_now(fetching, source).last_error == ""
        assert len(tokens.forms) == asked + 2

    def test_a_rotated_refresh_token_is_sealed_and_used_from_then_on(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        tokens: AuthorizationServer,
        monkeypatch: Any,
    ) -> None:
        source = self.source(fetching, world, dovecot, box, tokens)
        monkeypatch.setattr(tokens, "rotates", True)
        monkeypatch.setattr(tokens, "lasts", 0)
        before = row(fetching, source).secret
        for _ in range(3):
            assert fetch_now(fetching, source).last_error == ""
        assert "first refresh" not in tokens.refresh
        assert bytes(row(fetching, source).secret) != bytes(before)

    def test_a_client_opens_the_mailbox_by_itself_where_it_may(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        tokens: AuthorizationServer,
        monkeypatch: Any,
    ) -> None:
        monkeypatch.setattr(tokens, "alone", box.user)
        given = options(dovecot, box.user, login="oauth2", client_id="an app", token_url=tokens.url)
        source = add(fetching, world, given, secret=MailboxSecret(client_secret="of the app"))
        asked = len(tokens.forms)
        assert fetch_now(fetching, source).last_error == ""
        assert tokens.forms[asked:] == [
            {"client_id": "an app", "client_secret": "of the app", "grant_type": "client_credentials"}
        ]

    @pytest.mark.parametrize(
        ("status", "says", "refused"),
        [
            (400, {"error": "invalid_grant", "error_description": "AADSTS700082: The refresh token has expired"}, True),
            (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, True),
            (400, {"error": "interaction_required", "error_description": "AADSTS50076: use multi-factor"}, True),
            (401, {"error": "invalid_client", "error_description": "AADSTS7000222: client secret keys expired"}, True),
            (400, {"error": "unauthorized_client", "error_description": "AADSTS700016: not found"}, True),
            (400, {"error": "invalid_scope"}, True),
            (403, b"<html>Forbidden</html>", True),
            (400, {"error": "temporarily_unavailable"}, False),
            (408, b"", False),
            (429, {"error": "too_many_requests"}, False),
            (503, b"<html>Service Unavailable</html>", False),
            (302, b"", True),
            (200, b"<html>Log in to the network</html>", False),
            (200, {"access_token": "two\r\nlines"}, False),
            (200, ["a list"], False),
        ],
        ids=lambda value: value.get("error", "") if isinstance(value, dict) else None,
    )
    def test_what_a_person_must_mend_is_a_refused_log_in_and_what_passes_is_not(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        tokens: AuthorizationServer,
        monkeypatch: Any,
        status: int,
        says: Any,
        refused: bool,
    ) -> None:
        source = self.source(fetching, world, dovecot, box, tokens)
        monkeypatch.setattr(tokens, "says", (status, says))
        after = fetch_now(fetching, source)
        assert (after.failures, after.login_failures) == (1, int(refused))
        assert "localhost" in after.last_error
        if isinstance(says, dict):
            assert says.get("error_description", "")[:12] in after.last_error

    def test_an_answer_without_end_is_not_read_to_its_end(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        tokens: AuthorizationServer,
        monkeypatch: Any,
    ) -> None:
        source = self.source(fetching, world, dovecot, box, tokens)
        monkeypatch.setattr(tokens, "says", (200, b"x" * 100_000_000))
        assert fetch_now(fetching, source).last_error == "the server sends more than it was asked for"

    def test_a_refused_refresh_token_is_a_refused_log_in_and_reported_without_secrets(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, tokens: AuthorizationServer
    ) -> None:
        source = self.source(fetching, world, dovecot, box, tokens)
        tokens.refresh.clear()
        after = fetch_now(fetching, source)
        assert after.login_failures == 1
        assert "AADSTS70008" in after.last_error
        assert "first refresh" not in after.last_error
