"""The blob store as plain files: a listing has every file, and a file can be put back."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from storage.blobs.overlay import Overlay
from storage.blobs.store import Blobs, of_batch, of_mail
from tests.servers.s3 import S3Server
from tests.storage.blobs.folders import TENANT


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    """Returns an empty store of each kind."""
    if request.param == "folder":
        return Blobs(str(tmp_path))
    server: S3Server = request.getfixturevalue("s3_server")
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid4()}"
    server.make_bucket(bucket)
    return Blobs(f"s3://{bucket}/some/prefix")


def test_every_file_is_listed_and_can_be_put_back(store: Blobs) -> None:
    files, batch = store.files, uuid4()
    keys = store.put_all(
        [(TENANT, of_batch(batch), b"raw"), (TENANT, "file", b"a file"), (TENANT, of_mail(uuid4(), "body"), b"body")]
    )
    found = list(files.walk())
    assert {file.name for file in found} == {key.partition("@")[0] for key in keys}
    assert [file.is_pack for file in found if file.is_raw] == [True]
    assert files.folders() == [str(TENANT)]
    assert files.folders(f"{TENANT}/raw") == [str(batch)]
    assert [file.is_raw for file in files.walk(f"{TENANT}/raw")] == [True]
    copies = {file.name: b"".join(files.pieces(file.name)) for file in found}
    assert [len(copies[file.name]) for file in found] == [file.size for file in found]
    store.delete(keys)
    assert list(files.walk()) == []
    for name, data in copies.items():
        files.put(name, iter([data]))
    files.sync()
    assert [store.get(key) for key in keys] == [b"raw", b"a file", b"body"]


def test_a_changed_file_has_another_stamp_and_an_unfinished_file_is_not_listed(tmp_path: Path) -> None:
    store, batch = Blobs(str(tmp_path)), of_batch(uuid4())
    first, _ = store.put_all([(TENANT, batch, content) for content in (b"one", b"two")])
    (before,) = store.files.walk()
    store.delete([first])
    (after,) = store.files.walk()
    assert (after.name, after.size) == (before.name, before.size)
    assert after.stamp != before.stamp
    (tmp_path / f"{before.name}.{uuid4().hex}").write_bytes(b"half of")
    assert list(store.files.walk()) == [after]


def test_a_store_in_memory_alone_has_no_files() -> None:
    with pytest.raises(TypeError, match="has no files"):
        _ = Blobs(Overlay(lambda _: b"")).files
