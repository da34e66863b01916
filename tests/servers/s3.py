"""An S3 server: moto's, in a child process, for any S3 client over HTTP."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from ops.demo.waiting import wait_until
from ops.embedded.process import free_port

START_SECONDS = 60.0
#: The environment variables of an S3 client.
KEYS = {"AWS_ACCESS_KEY_ID": "casemail", "AWS_SECRET_ACCESS_KEY": "secret of the tests", "AWS_REGION": "us-east-1"}


class S3Server:
    """Runs from entry to exit; `env` are the environment variables with which a process reaches it."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "s3.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {**KEYS, "AWS_ENDPOINT_URL": self.url, "AWS_ALLOW_HTTP": "true"}

    def make_bucket(self, name: str) -> None:
        """Creates an empty bucket; its name must have 3 letters or more."""
        httpx.put(f"{self.url}/{name}", timeout=START_SECONDS).raise_for_status()

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._answers, seconds=START_SECONDS, what="the S3 server")
        return self

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text(encoding="utf-8")
        try:
            return httpx.get(f"{self.url}/moto-api/", timeout=60).is_success
        except httpx.TransportError:
            return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(60)
