"""The blob store returns the bytes that were stored, or raises."""

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore

from storage import stored_files
from storage.blobs.bucket import Bucket
from storage.blobs.store import BlobMissingError, Blobs, BlobStoreError, of_batch, of_mail
from storage.database import Database
from tests.builders.mails_with_files import age
from tests.builders.rows import add_file
from tests.builders.world import World
from tests.servers.s3 import KEYS, S3Server
from tests.servers.silent_proxy import Proxy
from tests.storage.blobs.folders import BATCH, TENANT, files_in
from workers.errors import is_transient


def test_bytes_come_back_and_the_same_bytes_lie_there_once(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(TENANT, "file", b"a mail")
    assert blobs.put(TENANT, "file", b"a mail") == key
    assert blobs.get(key) == b"a mail"
    assert len(files_in(tmp_path)) == 1


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_files_and_folders_are_for_us_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        blobs = Blobs(str(tmp_path / "new" / "blobs"))
        key = blobs.put(TENANT, "file", b"a file")
        raw = blobs.put_all([(TENANT, of_batch(BATCH), b"a mail"), (TENANT, of_batch(BATCH), b"another")])
    finally:
        os.umask(before)
    assert [blobs.get(blob) for blob in (key, *raw)] == [b"a file", b"a mail", b"another"]
    blobs.delete([raw[0]])
    modes = {path.relative_to(tmp_path): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert {mode for path, mode in modes.items() if (tmp_path / path).is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if (tmp_path / path).is_dir()} == {0o700}


def test_a_folder_that_was_open_to_all_is_closed_when_it_is_used_again(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Blobs(str(tmp_path))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_two_tenants_never_share_a_blob(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    assert blobs.put(TENANT, "file", b"a mail") != blobs.put(uuid4(), "file", b"a mail")


def test_a_blob_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BlobMissingError, match="has no"):
        Blobs(str(tmp_path)).get(f"{TENANT}/raw/00/00")


def test_changed_bytes_are_not_returned(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(TENANT, "file", b"a mail")
    (tmp_path / key).write_bytes(b"another")
    with pytest.raises(BlobMissingError, match="not those that were stored"):
        blobs.get(key)


@pytest.mark.parametrize("torn", [b"a m", b"\0" * 6])
def test_a_file_torn_by_a_power_cut_is_written_again(tmp_path: Path, torn: bytes) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(TENANT, "file", b"a mail")
    (tmp_path / key).write_bytes(torn)
    blobs.put(TENANT, "file", b"a mail")
    assert blobs.get(key) == b"a mail"


def test_several_are_put_at_once_and_each_comes_back(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    contents = [b"one", b"two", b"one", b""]
    keys = blobs.put_all([(TENANT, "file", content) for content in contents])
    assert [blobs.get(key) for key in keys] == contents
    assert keys[0] == keys[2]
    assert blobs.put_all([]) == []


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    blobs = Blobs(str(tmp_path))
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put_all([(TENANT, "file", b"one"), (TENANT, "file", b"two")])
    with pytest.raises(OSError, match="No space"):
        blobs.put_all([(TENANT, of_batch(uuid4()), b"one"), (TENANT, of_batch(uuid4()), b"two")])
    assert files_in(tmp_path) == []


@pytest.fixture(params=["folder", "bucket", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Returns an empty store of each kind."""
    if request.param == "s3":
        bucket: Blobs = request.getfixturevalue("s3")
        return bucket
    return Blobs(str(tmp_path) if request.param == "folder" else "memory:///")


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    """Returns a store in a new bucket, under a prefix, on an S3 server over HTTP."""
    for name, value in s3_server.env.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid4()}"
    s3_server.make_bucket(bucket)
    return Blobs(f"s3://{bucket}/some/prefix")


def bare(blobs: Blobs) -> ObjectStore:
    """Returns the object store below `blobs`."""
    assert isinstance(blobs._store, Bucket)
    return blobs._store.store


@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")  # of a connection that is cut off early
def test_a_bucket_that_does_not_answer_is_an_error_that_passes(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(act: Callable[[], object]) -> bool:
        with pytest.raises(BlobStoreError) as caught:
            act()
        return is_transient(caught.value)

    with Proxy(s3_server.port) as proxy:
        for name, value in (s3_server.env | {"AWS_ENDPOINT_URL": f"http://{proxy.address}"}).items():
            monkeypatch.setenv(name, value)
        s3_server.make_bucket("silent")
        blobs = Blobs("s3://silent")
        key = blobs.put(TENANT, "file", b"one")
        acts: tuple[Callable[[], object], ...] = (
            blobs.check,
            lambda: blobs.get(key),
            lambda: blobs.put(TENANT, "file", b"two"),
        )
        with proxy.fault("blackhole"), ThreadPoolExecutor() as pool:
            assert list(pool.map(fails, acts)) == [True, True, True]
        assert blobs.get(key) == b"one"


def test_of_the_same_bytes_in_a_bucket_the_first_stay_and_none_are_shared_by_tenants(s3: Blobs) -> None:
    other = uuid4()
    keys = s3.put_all(
        [(TENANT, "file", b"one"), (TENANT, "file", b"one"), (other, "file", b"one"), (TENANT, "file", b"")]
    )
    there = {item["path"]: item["last_modified"] for item in bare(s3).list().collect()}
    assert set(there) == set(keys)
    assert len(there) == 3
    assert [s3.get(key) for key in keys] == [b"one", b"one", b"one", b""]
    s3.put(TENANT, "file", b"one")
    with pytest.raises(AlreadyExistsError):
        bare(s3).put(keys[0], b"other bytes", mode="create")


def test_bytes_that_changed_in_a_bucket_are_not_returned(s3: Blobs) -> None:
    key = s3.put(TENANT, "file", b"one")
    bare(s3).put(key, b"another")
    with pytest.raises(BlobMissingError, match="not those that were stored"):
        s3.get(key)


def test_files_in_a_bucket_are_kept_for_an_update_and_swept_without_one(
    s3: Blobs, database: Database, world: World
) -> None:
    update_id = world.post(database, "staff")
    kept, orphan = stored_files.put(database, s3, world.tenant_id, [b"kept", b"orphan"])
    with database.tenant(world.tenant_id) as connection:
        assert stored_files.keep(connection, [kept]) == set()
    add_file(world, update_id, "a.txt", kept)
    age(world)
    while stored_files.sweep(database, s3, most=1_000):
        pass
    assert [item["path"] for item in bare(s3).list().collect()] == [kept]
    with database.tenant(world.tenant_id) as connection:
        assert stored_files.keep(connection, [kept, orphan]) == {orphan}


def test_a_large_file_comes_back_from_a_bucket(s3: Blobs) -> None:
    content = bytes(range(256)) * 80_000
    assert s3.get(s3.put(TENANT, "file", content)) == content


def test_of_a_bucket_with_more_than_a_page_of_one_mail_all_go(s3: Blobs) -> None:
    mail = uuid4()
    keys = s3.put_all([(TENANT, of_mail(mail, "body"), str(number).encode()) for number in range(1_005)])
    s3.delete(keys[:2], under=[f"{TENANT}/{of_mail(mail)}"])
    assert bare(s3).list().collect() == []


def test_an_object_store_that_is_away_is_reported_as_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(name, value)
    away = Blobs("s3://mails")
    for work in (
        lambda: away.put(TENANT, "file", b"x"),
        lambda: away.get("x/file/aa/aa"),
        lambda: away.delete(["x/file/aa/aa"]),
        lambda: away.delete([], under=["x/mail/aa/aa/"]),
    ):
        with pytest.raises(BlobStoreError) as caught:
            work()
        assert is_transient(caught.value)


def test_a_deleted_blob_is_gone_and_can_be_put_again(store: Blobs) -> None:
    batch = of_batch(uuid4())
    keys = store.put_all([(TENANT, batch, b"one"), (TENANT, batch, b"two")])
    store.delete([keys[0], f"{TENANT}/raw/no/such"])
    with pytest.raises(BlobMissingError):
        store.get(keys[0])
    assert store.get(keys[1]) == b"two"
    store.delete([keys[1]])
    assert store.get(store.put(TENANT, batch, b"one")) == b"one"


def test_what_was_made_of_one_mail_goes_and_that_of_another_stays(store: Blobs) -> None:
    mail, other = uuid4(), uuid4()
    body, file, foreign = store.put_all(
        [
            (TENANT, of_mail(mail, "body"), b"b"),
            (TENANT, of_mail(mail, "file"), b"f"),
            (TENANT, of_mail(other, "file"), b"o"),
        ]
    )
    store.delete([], under=[f"{TENANT}/{of_mail(mail, 'body')}"])
    with pytest.raises(BlobMissingError):
        store.get(body)
    assert store.get(file) == b"f"
    store.delete([], under=[f"{TENANT}/{of_mail(mail)}", f"{TENANT}/{of_mail(uuid4())}"])
    with pytest.raises(BlobMissingError):
        store.get(file)
    assert store.get(foreign) == b"o"
