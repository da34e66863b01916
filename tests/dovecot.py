"""A real Dovecot: IMAP and POP3 on ports of its own, with TLS, one password for every user, and tokens.

Every user's mails lie in a Maildir under `mails/`, which a test may fill and look into.
"""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

from ops.embedded.process import free_port

PASSWORD = "opens_every_mailbox"
START_SECONDS = 20.0

CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap pop3
listen = 127.0.0.1
{identity}
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
auth_cache_size = 0
mail_location = maildir:~/Maildir
mail_fsync = never
# what inotify misses of files that are put in by hand
mailbox_idle_check_interval = 2 secs
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mails/%u
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  {chroot}
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
imap_capability = {capability}
"""


@dataclass
class Mailbox:
    """The mails of one user, as they lie on the disk."""

    user: str
    home: Path
    owner: tuple[int, int] | None

    def fill(self, mails: dict[str, bytes], *, at: float | None = None, folder: str = "") -> None:
        """Puts mails into a folder, the inbox if none is named, each under a name, as a delivery would.

        `at` is when they came, in epoch seconds."""
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
            draft.rename(box / "new" / draft.name)  # Dovecot may take it up at once

    def _place(self, folder: str) -> Path:
        return self.home / "Maildir" / (f".{folder}" if folder else "")

    def _give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, *self.owner)

    def bodies(self, folder: str = "") -> list[bytes]:
        """The mails in a folder, the inbox if none is named."""
        return [path.read_bytes() for sub in ("new", "cur") for path in (self._place(folder) / sub).glob("*")]

    def flags(self) -> list[str]:
        """The flags of the mails in the inbox."""
        return [path.name.rpartition(":2,")[2] for path in (self.home / "Maildir" / "cur").glob("*:2,*")]

    def number_anew(self, validity: int) -> None:
        """Has the server number all mails anew, under another UIDVALIDITY."""
        for path in (self.home / "Maildir").glob("dovecot*"):
            path.unlink()
        (self.home / "Maildir" / "dovecot-uidlist").write_text(f"3 V{validity} N1 G{'0' * 31}1\n")
        if self.owner:
            os.chown(self.home / "Maildir" / "dovecot-uidlist", *self.owner)


@dataclass
class Dovecot:
    """The server, from entry to exit. `introspection` is where it asks about tokens; `capability` replaces what it
    says that it can do."""

    ca: trustme.CA
    introspection: str = "http://127.0.0.1:1/"
    capability: str = ""
    ports: dict[str, int] = field(default_factory=lambda: {n: free_port() for n in ("imap", "imaps", "pop3", "pop3s")})
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # not in pytest's folder: that is open to its owner only, and mail processes are never root's
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
        """Starts the server, which must not run; returns when it listens."""
        binary = shutil.which("dovecot") or "/usr/sbin/dovecot"
        self._process = subprocess.Popen(
            [binary, "-F", "-c", str(self.home / "dovecot.conf")], stderr=subprocess.PIPE, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not (self.home / "run" / "master.pid").exists() or not _listens(self.ports["pop3s"]):
            assert self._process.poll() is None, f"Dovecot did not start: {self._log()}"
            assert time.monotonic() < deadline, f"Dovecot did not start in time: {self._log()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends the server as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate(timeout=20)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.communicate(timeout=20)
        shutil.rmtree(self.home, ignore_errors=True)

    def mailbox(self, user: str) -> Mailbox:
        """The mails of a user, who needs no other making."""
        return Mailbox(user, self.home / "mails" / user, self.owner)

    def _write(self, root: bool) -> None:
        cert = self.ca.issue_cert("localhost", "127.0.0.1")
        cert.cert_chain_pems[0].write_to_path(self.home / "cert.pem")
        cert.private_key_pem.write_to_path(self.home / "key.pem")
        name, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        own = f"default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {group}"
        uid, gid = self.owner or (os.getuid(), os.getgid())
        config = CONFIG.format(
            home=self.home,
            identity="" if root else own,
            chroot="" if root else "chroot =",
            password=PASSWORD,
            uid=uid,
            gid=gid,
            capability=self.capability,
            **self.ports,
        )
        (self.home / "dovecot.conf").write_text(config)
        (self.home / "oauth2.conf").write_text(
            f"introspection_url = {self.introspection}\nintrospection_mode = get\nforce_introspection = yes\n"
            "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
        )

    def _log(self) -> str:
        log = self.home / "dovecot.log"
        return log.read_text()[-2_000:] if log.exists() else "no log"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
