"""A scripted POP3 server: answers truly, except for odd lines in its listings and chosen ids of its mails."""

import socket
from collections.abc import Mapping, Sequence

from tests.servers.listening import ListeningServer


class ScriptedPop3(ListeningServer):
    """Runs from entry to exit. `odd` has lines that it sends first in the listings `list` and `uidl`; `ids` are the ids
    of the mails. `read` counts the mails that it sent."""

    def __init__(
        self, mails: Sequence[bytes], odd: Mapping[str, Sequence[bytes]], ids: Sequence[bytes] | None = None
    ) -> None:
        self._mails = dict(enumerate(mails, 1))
        self._odd = odd
        self._ids = ids or [b"id%d" % number for number in self._mails]
        self.read = 0

    def handle(self, client: socket.socket) -> None:
        """Greets, and answers each command."""
        client.sendall(b"+OK ready\r\n")
        with client, client.makefile("rb") as lines:
            for line in lines:
                client.sendall(self._answer(line.decode().upper().split()))

    def _answer(self, command: list[str]) -> bytes:
        match command:
            case ["LIST"]:
                return self._listing("list", [b"%d" % len(raw) for raw in self._mails.values()])
            case ["UIDL"]:
                return self._listing("uidl", self._ids)
            case ["RETR", number] if int(number) in self._mails:
                self.read += 1
                stuffed = (b"\r\n" + self._mails[int(number)]).replace(b"\r\n.", b"\r\n..")[2:]
                return b"+OK\r\n" + stuffed + b".\r\n"
            case ["RETR", _]:
                return b"-ERR no such message\r\n"
            case _:
                return b"+OK\r\n"

    def _listing(self, name: str, values: Sequence[bytes]) -> bytes:
        lines = [*self._odd.get(name, ()), *(b"%d %b" % pair for pair in zip(self._mails, values, strict=True))]
        return b"+OK\r\n" + b"".join(line + b"\r\n" for line in lines) + b".\r\n"
