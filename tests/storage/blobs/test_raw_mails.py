"""Raw mails that come in together lie in one file, and go from it one by one."""

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from storage.blobs.store import BlobMissingError, Blobs, of_batch
from tests.storage.blobs.folders import BATCH, TENANT, files_in


def test_raw_mails_that_come_in_together_are_one_file_for_each_tenant(tmp_path: Path) -> None:
    blobs, batch, other = Blobs(str(tmp_path)), of_batch(uuid4()), uuid4()
    contents = [b"one", b"", b"\0\0", b"one", bytes(3_000_000)]
    keys = blobs.put_all([(TENANT, batch, content) for content in contents] + [(other, batch, b"one")])
    assert [blobs.get(key) for key in keys] == [*contents, b"one"]
    assert len(files_in(tmp_path)) == 2
    assert keys[0] == keys[3]
    assert keys[0].startswith(f"{TENANT}/{batch}/")
    assert keys[5].startswith(f"{other}/{batch}/")


def test_a_mail_that_is_deleted_is_overwritten_and_the_file_goes_with_the_last(tmp_path: Path) -> None:
    blobs, batch = Blobs(str(tmp_path)), of_batch(uuid4())
    contents = [b"the first", b"\0" * 5, b"", b"of a person" * 200_000]
    keys = blobs.put_all([(TENANT, batch, content) for content in contents])
    (pack,) = files_in(tmp_path)
    for gone in (3, 0, 2):
        size = pack.stat().st_size
        blobs.delete([keys[gone], keys[gone]])
        blobs.delete([keys[gone]])
        with pytest.raises(BlobMissingError, match="has no"):
            blobs.get(keys[gone])
        assert not contents[gone] or contents[gone] not in pack.read_bytes()
        assert pack.stat().st_size == size
        assert blobs.get(keys[1]) == contents[1]
    blobs.delete([keys[1]])
    assert not pack.parent.exists()
    blobs.delete(keys)


def test_a_mail_that_lies_in_a_file_of_its_own_is_read_and_deleted(tmp_path: Path) -> None:
    blobs, batch = Blobs(str(tmp_path)), of_batch(uuid4())
    alone = f"{TENANT}/{batch}/{sha256(b'from before').hexdigest()}"
    in_a_pack = blobs.put(TENANT, batch, b"of today")
    (tmp_path / alone).write_bytes(b"from before")
    assert blobs.get(alone) == b"from before"
    blobs.delete([alone])
    with pytest.raises(BlobMissingError):
        blobs.get(alone)
    assert blobs.get(in_a_pack) == b"of today"


@pytest.mark.parametrize("damage", ["changed", "cut off"])
def test_a_mail_that_is_damaged_in_its_file_is_not_returned(tmp_path: Path, damage: str) -> None:
    blobs = Blobs(str(tmp_path))
    first, second = blobs.put_all([(TENANT, of_batch(BATCH), b"one"), (TENANT, of_batch(BATCH), b"two")])
    (pack,) = files_in(tmp_path)
    whole = pack.read_bytes()
    pack.write_bytes(whole.replace(b"two", b"six") if damage == "changed" else whole[:-1])
    with pytest.raises(BlobMissingError, match="not those that were stored"):
        blobs.get(second)
    assert blobs.get(first) == b"one"
