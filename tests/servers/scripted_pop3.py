"""A scripted POP3 server: answers truly, except for odd lines in its listings and chosen ids of its mails."""

import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self


class ScriptedPop3:
    """Runs from entry to exit. `odd` has lines that it sends first in the listings `list` and `uidl`; `ids` are the ids
    of the mails. `read` counts the mails that it sent."""

    def __init__(
        self, mails: Sequence[bytes], odd: Mapping[str, Sequence[bytes]], ids: Sequence[bytes] | None = None
    ) -> None:
        self._mails = dict(enumerate(mails, 1))
        self._odd = odd
        self._ids = ids or [b"id%d" % number for number in self._mails]
        self.read = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        try:
            sock.sendall(b"+OK ready\r\n")
            with sock, sock.makefile("rb") as lines:
                for line in lines:
                    sock.sendall(self._answer(line.decode().upper().split()))
        except OSError:
            return

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
