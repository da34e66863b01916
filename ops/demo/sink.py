"""An SMTP server on this machine that replaces all recipients' servers and keeps every mail."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from ops.demo.smtp_server import SmtpServer


@dataclass(frozen=True)
class Delivered:
    """A mail as it arrived: envelope sender (empty for `<>`), envelope recipients, the bytes with CRLF line ends."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


class Sink:
    """Listens at `host` and `port` between entry and exit; `mails` has all mails it got, oldest first."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.mails: list[Delivered] = []
        self._server = SmtpServer(self, enable_SMTPUTF8=True)
        self.port: int = self._server.port

    def to(self, address: str) -> list[Delivered]:
        """Returns the mails delivered to this address, oldest first."""
        return [mail for mail in self.mails if address in mail.recipients]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd calls it so
        """Keeps the mail."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(Delivered((envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 Kept"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
