"""Only the locked jars are used, and a jar in the cache is not fetched again."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.maven import _core as jgo_core

from ops.embedded import EmbeddedServerError, install, jars

JAR = jars.Jar("org.slf4j:slf4j-simple:1.7.36", "2f39bed943d624dfa8f4102d0571283a10870b6aa36f197a8a506f147010c10f")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a cache folder that only this test uses, with every jar."""
    install()
    filled = [jars.jar_path(jar) for jar in jars.locked_jars()]
    monkeypatch.setenv("CASEMAIL_CACHE_DIR", str(tmp_path))
    (tmp_path / "jars").mkdir()
    for jar in filled:
        (tmp_path / "jars" / jar.name).symlink_to(jar)
    return tmp_path


class Repository(ThreadingHTTPServer):
    """A Maven repository on this machine that serves one jar's `content`, and sends only `sent` bytes of it."""

    content = b""
    sent = 0


class Serve(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        if not self.path.endswith(".jar"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content[: self.server.sent])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with Repository(("127.0.0.1", 0), Serve) as server:
        monkeypatch.setitem(jgo_core.DEFAULT_REMOTE_REPOS, "central", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_tampered_jar_in_the_cache_is_refused_by_name(cache: Path) -> None:
    jar = jars.jar_path(JAR)
    content = jar.read_bytes()
    jar.unlink()
    jar.write_bytes(content[:-1] + b"!")
    with pytest.raises(
        EmbeddedServerError, match=r"slf4j-simple-1\.7\.36\.jar has SHA-256 .* Delete that file and run"
    ):
        install()


def test_a_download_cut_in_the_middle_leaves_nothing_and_the_next_one_succeeds(
    cache: Path, repository: Repository
) -> None:
    jar = jars.jar_path(JAR)
    repository.content = jar.read_bytes()
    repository.sent = 1000
    jar.unlink()
    with pytest.raises(EmbeddedServerError, match=r"could not download org\.slf4j:slf4j-simple:1\.7\.36.*run .* again"):
        install()
    assert not jar.exists()
    repository.sent = len(repository.content)
    install()
    assert jar.read_bytes() == repository.content
    assert sorted(path.name for path in cache.iterdir()) == ["jars"]


def test_a_jar_with_other_content_than_the_locked_is_refused(cache: Path, repository: Repository) -> None:
    jars.jar_path(JAR).unlink()
    repository.content = b"something else"
    repository.sent = len(repository.content)
    with pytest.raises(EmbeddedServerError, match=r"slf4j-simple-1\.7\.36\.jar has SHA-256"):
        install()
    assert not jars.jar_path(JAR).exists()


INSTALLS_WITHOUT_NETWORK = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError("went to the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from ops.embedded.install import install
print(len(install()))
"""


def test_with_every_jar_there_install_needs_no_network(cache: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INSTALLS_WITHOUT_NETWORK], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) == len(jars.locked_jars())


def test_the_lock_names_what_the_code_asks_for_and_every_hash_is_whole() -> None:
    locked = jars.locked_jars()
    assert JAR in locked
    assert set(jars.KAFKA) <= {jar.coordinate for jar in locked}
    assert all(len(jar.sha256) == 64 for jar in locked)
