"""A real Dovecot: IMAP and POP3 on free ports, with TLS, one password for all users, and tokens.

The mails of each user are in a Maildir under `mails/`, which a test may fill and read.
"""

import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

from ops.embedded.process import free_port, listens
from tests.servers import dovecot_config

PASSWORD = "opens_every_mailbox"
START_SECONDS = 60.0


@dataclass
class Mailbox:
    """The mails of a user, as files on the disk."""

    user: str
    home: Path
    owner: tuple[int, int] | None

    def fill(self, mails: dict[str, bytes], *, at: float | None = None, folder: str = "") -> None:
        """Delivers mails, by name, into a folder, by default the inbox.

        `at` is when they arrived, in epoch seconds."""
        box = self._place(folder)
        for made in (self.home, self.home / "Maildir", box, *(box / name for name in ("new", "cur", "tmp"))):
            made.mkdir(parents=True, exist_ok=True)
            self._give(made)
        for place, (name, raw) in enumerate(mails.items()):
            draft = box / "tmp" / f"{int(time.time())}.{place:06}{name}.host"
            draft.write_bytes(raw)
            self._give(draft)
            if at is not None:
                os.utime(draft, (at, at))
            draft.rename(box / "new" / draft.name)  # Dovecot may see it at once

    def _place(self, folder: str) -> Path:
        return self.home / "Maildir" / (f".{folder}" if folder else "")

    def _give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, *self.owner)

    def bodies(self, folder: str = "") -> list[bytes]:
        """Returns the mails in a folder, by default the inbox."""
        return [path.read_bytes() for sub in ("new", "cur") for path in (self._place(folder) / sub).glob("*")]

    def flags(self) -> list[str]:
        """Returns the flags of the mails in the inbox, without keywords (lower case), which later servers set
        themselves."""
        names = [path.name.rpartition(":2,")[2] for path in (self.home / "Maildir" / "cur").glob("*:2,*")]
        return ["".join(flag for flag in name if flag.isupper()) for name in names]

    def renumber(self, validity: int) -> None:
        """Makes the server renumber all mails, under another UIDVALIDITY."""
        for path in (self.home / "Maildir").glob("dovecot*"):
            path.unlink()
        (self.home / "Maildir" / "dovecot-uidlist").write_text(f"3 V{validity} N1 G{'0' * 31}1\n")
        if self.owner:
            os.chown(self.home / "Maildir" / "dovecot-uidlist", *self.owner)


@dataclass
class Dovecot:
    """The server, from entry to exit. `introspection` is the URL at which it checks tokens; `capability` replaces the
    capabilities that it announces."""

    ca: trustme.CA
    introspection: str = "http://127.0.0.1:1/"
    capability: str = ""
    ports: dict[str, int] = field(default_factory=lambda: {n: free_port() for n in ("imap", "imaps", "pop3", "pop3s")})
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # not in pytest's folder, which only its owner may open: Dovecot's mail processes never run as root
        self.home = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.home.chmod(0o755)
        (self.home / "mails").mkdir(mode=0o777)
        root = os.getuid() == 0
        nobody = pwd.getpwnam("nobody")
        self.owner = (nobody.pw_uid, nobody.pw_gid) if root else None
        if self.owner:
            os.chown(self.home / "mails", *self.owner)
        self._write(root)
        self.start()
        return self

    def start(self) -> None:
        """Starts the server, which must not be running; returns when it listens."""
        with (self.home / "stderr.log").open("ab") as words:
            self._process = subprocess.Popen(
                [_binary(), "-F", "-c", str(self.home / "dovecot.conf")], stderr=words, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self.home / "run" / "master.pid").exists() or not listens(self.ports["pop3s"]):
            assert self._process.poll() is None, f"Dovecot did not start: {self._log()}"
            assert time.monotonic() < deadline, f"Dovecot did not start in time: {self._log()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends the server as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=60)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=60)
        shutil.rmtree(self.home, ignore_errors=True)

    def mailbox(self, user: str) -> Mailbox:
        """Returns the mailbox of a user; any name will do."""
        return Mailbox(user, self.home / "mails" / user, self.owner)

    def seen(self, user: str) -> list[bytes]:
        """Returns the mails in a user's inbox that have the flag `Seen`, as a client is told; the files may not show it
        yet."""
        with imaplib.IMAP4("127.0.0.1", self.ports["imap"], timeout=60) as client:
            client.login(user, PASSWORD)
            client.select(readonly=True)
            numbers = client.search(None, "SEEN")[1][0].split()
            parts = client.fetch(b",".join(numbers).decode(), "(BODY.PEEK[])")[1] if numbers else []
            return [part[1] for part in parts if isinstance(part, tuple)]

    def _write(self, root: bool) -> None:
        cert = self.ca.issue_cert("localhost", "127.0.0.1")
        cert.cert_chain_pems[0].write_to_path(self.home / "cert.pem")
        cert.private_key_pem.write_to_path(self.home / "key.pem")
        name, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        own = f"default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {group}"
        uid, gid = self.owner or (os.getuid(), os.getgid())
        wanted = dovecot_config.Wanted(
            home=self.home,
            identity="" if root else own,
            chroot="" if root else "chroot =",
            password=PASSWORD,
            uid=uid,
            gid=gid,
            introspection=self.introspection,
            capability=self.capability,
            ports=self.ports,
        )
        version = subprocess.run([_binary(), "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
        for name, text in dovecot_config.files(version, wanted).items():
            (self.home / name).write_text(text)

    def _log(self) -> str:
        """Returns the server's last output, on stderr and in its log."""
        logs = (self.home / "stderr.log", self.home / "dovecot.log")
        return "\n".join(log.read_text()[-2_000:] for log in logs if log.exists())


def _binary() -> str:
    return shutil.which("dovecot") or "/usr/sbin/dovecot"
