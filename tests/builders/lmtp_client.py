"""An LMTP client on a plain socket, for any commands and any bytes."""

import socket
from types import TracebackType
from typing import Self
from uuid import uuid4

from schemas.settings import Settings
from tests.builders.world import World


class Talk:
    """A connection from the address `source` of this machine."""

    def __init__(self, settings: Settings, source: str = "127.0.0.1") -> None:
        where = (settings.lmtp.host, settings.lmtp.port)
        self.socket = socket.create_connection(where, 60, source_address=(source, 0))
        self.lines = self.socket.makefile("rb")
        self.greeting = self.lines.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lines.close()
        self.socket.close()

    def say(self, *words: str) -> bytes:
        """Sends these commands one by one, and returns the reply to the last."""
        last = b""
        for line in words:
            self.socket.sendall(line.encode() + b"\r\n")
            last = self._answer()
        return last

    def _answer(self) -> bytes:
        last = self.lines.readline()
        while last[3:4] == b"-":
            last = self.lines.readline()
        return last

    def send_mail(self, raw: bytes) -> bytes:
        """Sends a mail after DATA, with its dots doubled (RFC 5321 section 4.5.2); returns the first recipient's
        reply."""
        stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
        self.socket.sendall(stuffed + (b"" if raw.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return self._answer()

    def begin(self, world: World, size: int) -> bytes:
        """Announces a mail of `size` bytes, and returns the reply to DATA."""
        announced = f"MAIL FROM:<a@x.example> SIZE={size}"
        return self.say("LHLO x", announced, f"RCPT TO:<case-1@{world.mail_domain}>", "DATA")

    def send_all(self, world: World, size: int) -> None:
        """Announces a mail of `size` bytes without waiting for replies."""
        announced = f"LHLO x\r\nMAIL FROM:<a@x.example> SIZE={size}\r\nRCPT TO:<c@{world.mail_domain}>\r\nDATA\r\n"
        self.socket.sendall(announced.encode())

    def deliver(self, world: World, size: int) -> bytes:
        """Announces a mail of `size` bytes but delivers a small mail; returns the last reply."""
        if not (begun := self.begin(world, size)).startswith(b"354"):
            return begun
        return self.send_mail(f"Subject: {uuid4()}\r\n\r\nhi\r\n".encode())
