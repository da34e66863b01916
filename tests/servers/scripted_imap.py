"""A scripted IMAP server: answers truly, except where a test makes it lie."""

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.listening import ListeningServer

_FETCH = re.compile(rb"(\S+) UID FETCH ([\d,]+) \(UID BODY\.PEEK\[(HEADER)?\]\)")


@dataclass
class KeptMail:
    """A mail at the server: `size` is the size that it states, `sends` sends something else instead of the mail."""

    raw: bytes
    size: int | None = None
    sends: Callable[[socket.socket, int], None] | None = None


@dataclass
class ScriptedImap(ListeningServer):
    """Runs from entry to exit, on a free port. `mails` are by UID. With `hangs`, it is silent after its greeting; with
    `echo`, it refuses log-ins and repeats their command. `selected` is its answer to SELECT."""

    mails: dict[int, KeptMail] = field(default_factory=dict)
    hangs: bool = False
    echo: bool = False
    shown_uids: Callable[[int], int] = field(default=lambda uid: uid)
    connections: int = 0
    moved: list[int] = field(default_factory=list)
    selected: bytes = b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9999] ok\r\n"
    stored: list[bytes] = field(default_factory=list)

    def handle(self, client: socket.socket) -> None:
        """Greets, and answers each command, unless the server hangs."""
        self.connections += 1
        client.sendall(b"* OK ready\r\n")
        with client, client.makefile("rb") as lines:
            for line in lines:
                if self.hangs:
                    time.sleep(60)
                self._answer(client, line.strip())

    def _answer(self, sock: socket.socket, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        name = command.split()[0].upper()
        if name == b"LOGIN" and self.echo:
            sock.sendall(tag + b" NO what is " + command + b"?\r\n")
            return
        if name == b"CAPABILITY":
            sock.sendall(b"* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n")
        elif name == b"SELECT":
            sock.sendall(self.selected.replace(b"%d", b"%d" % len(self.mails)))
        elif name == b"LIST":
            sock.sendall(b'* LIST () "/" casemail\r\n')
        elif name == b"FETCH":
            for number, (uid, mail) in enumerate(sorted(self.mails.items()), 1):
                size = mail.size if mail.size is not None else len(mail.raw)
                sock.sendall(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, self.shown_uids(uid), size))
        elif found := _FETCH.match(line):
            for uid in map(int, found[2].split(b",")):
                self._send(sock, uid, header=bool(found[3]))
        elif command.upper().startswith((b"UID STORE", b"UID EXPUNGE")):
            self.stored.append(command)
        elif command.upper().startswith(b"UID MOVE"):
            for uid in map(int, command.split()[2].split(b",")):
                self.moved.append(uid)
                self.mails.pop(uid, None)
        sock.sendall(tag + b" OK done\r\n")

    def _send(self, sock: socket.socket, uid: int, *, header: bool) -> None:
        mail = self.mails.get(uid)
        if mail is None:
            return
        if mail.sends is not None and not header:
            mail.sends(sock, uid)
            return
        raw = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if header else mail.raw
        sock.sendall(b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(raw)) + raw + b")\r\n")
