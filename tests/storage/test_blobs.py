"""The blob store gives back what was put, or says that it can't."""

from pathlib import Path
from uuid import uuid4

import pytest

from storage.blobs import BlobMissingError, Blobs, of_batch, of_mail

TENANT = uuid4()


def test_bytes_come_back_and_the_same_bytes_lie_there_once(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(TENANT, "raw", b"a mail")
    assert blobs.put(TENANT, "raw", b"a mail") == key
    assert blobs.get(key) == b"a mail"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_two_tenants_never_share_a_blob(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    assert blobs.put(TENANT, "raw", b"a mail") != blobs.put(uuid4(), "raw", b"a mail")


def test_a_blob_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BlobMissingError, match="has no"):
        Blobs(str(tmp_path)).get(f"{TENANT}/raw/00/00")


def test_changed_bytes_are_not_given_out(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(TENANT, "raw", b"a mail")
    (tmp_path / key).write_bytes(b"another")
    with pytest.raises(BlobMissingError, match="not the ones"):
        blobs.get(key)


@pytest.mark.parametrize("torn", [b"a m", b"\0" * 6])
def test_a_file_torn_by_a_power_cut_is_written_again(tmp_path: Path, torn: bytes) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(TENANT, "raw", b"a mail")
    (tmp_path / key).write_bytes(torn)
    blobs.put(TENANT, "raw", b"a mail")
    assert blobs.get(key) == b"a mail"


def test_several_are_put_at_once_and_each_comes_back(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    contents = [b"one", b"two", b"one", b""]
    keys = blobs.put_all([(TENANT, "file", content) for content in contents])
    assert [blobs.get(key) for key in keys] == contents
    assert keys[0] == keys[2]
    assert blobs.put_all([]) == []


def test_what_could_not_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    blobs = Blobs(str(tmp_path))
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put_all([(TENANT, "raw", b"one"), (TENANT, "raw", b"two")])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Either kind of store."""
    return Blobs(str(tmp_path) if request.param == "folder" else "memory:///")


def test_a_deleted_blob_is_gone_and_can_be_put_again(store: Blobs) -> None:
    batch = of_batch(uuid4())
    keys = store.put_all([(TENANT, batch, b"one"), (TENANT, batch, b"two")])
    store.delete([keys[0], f"{TENANT}/raw/no/such"])
    with pytest.raises(BlobMissingError):
        store.get(keys[0])
    assert store.get(keys[1]) == b"two"
    store.delete([keys[1]])
    assert store.put(TENANT, batch, b"one") == keys[0]
    assert store.get(keys[0]) == b"one"


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
