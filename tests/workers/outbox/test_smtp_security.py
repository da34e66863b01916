"""Mails go to the mail server with TLS and with a log-in, or not at all."""

import asyncio
import ssl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from schemas.settings import Settings
from tests.workers.outbox.smtp_servers import MAIL, SENT, Keeper, listening, send_one, serving


def check_password(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"me", b"my-secret"), handled=False)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Returns the TLS context of a server on this machine, and the CA file that verifies its certificate."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return context, ca_file


def with_log_in(settings: Settings, ca_file: Path, security: str, password: str = "my-secret") -> Settings:
    more = {"smtp_security": security, "smtp_ca_file": ca_file, "smtp_username": "me"}
    return settings.replace(**more, smtp_password=SecretStr(password))


def log_in_wanted(context: ssl.SSLContext) -> dict[str, Any]:
    return {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": check_password,
        "auth_required": True,
    }


def test_a_mail_goes_out_after_starttls_and_log_in(settings: Settings, ca: tuple[ssl.SSLContext, Path]) -> None:
    keeper = Keeper()
    with serving(keeper, settings, **log_in_wanted(ca[0])) as to_server:
        assert send_one(with_log_in(to_server, ca[1], "starttls")) == SENT
    ((session, envelope),) = keeper.mails
    assert session.ssl is not None
    assert session.authenticated
    assert envelope.content == MAIL


def test_a_mail_goes_out_over_tls_from_the_start(settings: Settings, ca: tuple[ssl.SSLContext, Path]) -> None:
    keeper = Keeper()
    # aiosmtpd's controller can't do this: it probes its port without TLS
    with listening(lambda port: _tls_server(keeper, ca[0], port)) as port:
        more = {"smtp_port": port, "smtp_security": "tls", "smtp_ca_file": ca[1], "smtp_timeout": 60.0}
        assert send_one(settings.replace(**more)) == SENT
    assert len(keeper.mails) == 1


def _tls_server(keeper: Keeper, context: ssl.SSLContext, port: int) -> Coroutine[Any, Any, asyncio.Server]:
    loop = asyncio.get_running_loop()
    return loop.create_server(lambda: SMTP(keeper, loop=loop, hostname="sink"), "127.0.0.1", port, ssl=context)


def test_nothing_goes_to_a_server_that_nobody_we_trust_vouches_for(
    settings: Settings, ca: tuple[ssl.SSLContext, Path]
) -> None:
    keeper = Keeper()
    with serving(keeper, settings, tls_context=ca[0]) as to_server:
        outcome = send_one(to_server.replace(smtp_security="starttls"))
    assert (outcome.sent, outcome.again) == (False, True)
    assert "certificate" in outcome.words
    assert keeper.mails == []


def test_nothing_goes_in_clear_where_encryption_is_wanted(settings: Settings) -> None:
    keeper = Keeper()
    with serving(keeper, settings) as to_server:
        outcome = send_one(to_server.replace(smtp_security="starttls"))
    assert (outcome.sent, outcome.again) == (False, True)
    assert "STARTTLS" in outcome.words
    assert keeper.mails == []


def test_a_wrong_password_fails_no_mail_for_good(settings: Settings, ca: tuple[ssl.SSLContext, Path]) -> None:
    keeper = Keeper()
    with serving(keeper, settings, **log_in_wanted(ca[0])) as to_server:
        outcome = send_one(with_log_in(to_server, ca[1], "starttls", "wrong"))
        assert (outcome.sent, outcome.again) == (False, True)
        assert "535" in outcome.words
        assert "wrong" not in outcome.words
        outcome = send_one(with_log_in(to_server, ca[1], "starttls", "pässword"))
        assert (outcome.sent, outcome.again) == (False, True)
        # it does not go out either if the server requires a log-in and the settings have none
        no_log_in = {"smtp_security": "starttls", "smtp_ca_file": ca[1]}
        outcome = send_one(to_server.replace(**no_log_in))
        assert (outcome.sent, outcome.again) == (False, True)
        assert "530" in outcome.words
