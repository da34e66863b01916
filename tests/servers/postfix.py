"""A real Postfix, with configuration, queue and log in a temporary folder, on 127.0.0.1 only."""

import os
import shutil
import signal
import smtplib
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from ops.embedded.process import ServerProcess, free_port

_DAEMONS = "/usr/lib/postfix/sbin"
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Accepts mail by SMTP at `host` and `port`, from 127.0.0.1 for any domain, and delivers all of it by `transport`,
    such as `lmtp:inet:127.0.0.1:24`. Mail that it can't deliver it tries again every second or two.

    Root must start it, like any Postfix. `settings` go into main.cf.
    """

    def __init__(self, transport: str, **settings: str) -> None:
        self.host, self.port = "127.0.0.1", free_port()
        # not in pytest's folder, which Postfix's user may not open
        self.folder = Path(tempfile.mkdtemp(prefix="casemail-postfix-"))
        self._process = ServerProcess("Postfix", self.folder / "master", stop_signal=signal.SIGTERM)
        self._settings = {
            "compatibility_level": "3.6",
            "queue_directory": str(self.folder / "queue"),
            "data_directory": str(self.folder / "data"),
            "daemon_directory": _DAEMONS,
            "maillog_file": str(self.folder / "mail.log"),
            "maillog_file_prefixes": str(self.folder),
            "myhostname": "mx.postfix.example",
            "mydestination": "",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "default_transport": transport,
            "queue_run_delay": "1s",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s",
            "lmtp_connect_timeout": "5s",
            "transport_retry_time": "1s",
            # or Postfix would stop trying an unreachable destination for a minute
            "default_destination_concurrency_failed_cohort_limit": "1000",
            "smtpd_forbid_bare_newline": "normalize",
            "smtpd_forbid_bare_newline_exclusions": "",
            "smtpd_client_connection_count_limit": "0",
            "message_size_limit": "30000000",
            **settings,
        }

    @property
    def log(self) -> str:
        """The log so far."""
        file = self.folder / "mail.log"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def queued(self) -> int:
        """The number of mails in the queue."""
        queues = ("maildrop", "incoming", "active", "deferred")
        # in both directions, so as not to miss a mail that moves between two queues meanwhile
        looks = [(self.folder / "queue" / name).rglob("*") for name in (*queues, *reversed(queues))]
        return len({path.name for look in looks for path in look if path.is_file()})

    def client(self) -> smtplib.SMTP:
        """Opens a connection to Postfix; returns it as a context manager."""
        return smtplib.SMTP(self.host, self.port, timeout=60)

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        for name in ("queue", "data", "conf"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        lines = (f"{name} = {value}\n" for name, value in self._settings.items())
        (self.folder / "conf" / "main.cf").write_text("".join(lines))
        (self.folder / "conf" / "master.cf").write_text(_MASTER.format(port=self.port))
        for path in self.folder.rglob("*"):  # whatever our umask is
            path.chmod(0o755 if path.is_dir() else 0o644)
        self._process.lock_folder()
        start = f"umask 022; exec /usr/sbin/postfix -c {self.folder / 'conf'} start-fg"
        self._process.spawn(["sh", "-c", start], env={})
        self._process.wait_until(self._answers, seconds=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def flush(self) -> None:
        """Makes Postfix try all queued mail now."""
        subprocess.run(
            ["/usr/sbin/postqueue", "-c", str(self.folder / "conf"), "-f"], check=True, env=os.environ, timeout=60
        )

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return client.noop()[0] == 250
        except OSError:
            return False
