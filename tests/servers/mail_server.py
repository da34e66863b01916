"""A mail server for outgoing mail that answers as a test tells it."""

from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from ops.demo.smtp_server import SmtpServer
from storage.resources import Resources


class Answers:
    """Handles the mails of an SMTP server: replies with `answer`, and keeps a mail if that begins with 250."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, bytes]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("250"):
            self.mails.append((str(envelope.mail_from), envelope.rcpt_tos[0], envelope.content))
        return self.answer


@pytest.fixture
def server(resources: Resources) -> Iterator[tuple[Answers, Resources]]:
    """Yields the handler of a running SMTP server, and resources that send to this server."""
    answers = Answers()
    controller = SmtpServer(answers)
    controller.start()
    settings = resources.settings.replace(smtp_port=controller.port, smtp_timeout=60.0)
    yield answers, Resources(settings, resources.database, resources.blobs)
    controller.stop()
