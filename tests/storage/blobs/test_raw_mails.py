"""Raw mails that come in together lie in one file, and go from it one by one."""

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from storage.blobs.packs import PackedMail
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


def packed(blobs: Blobs) -> list[PackedMail]:
    """Returns the mails in all packs of a store."""
    return [mail for file in blobs.files.walk() for mail in blobs.files.mails(file)]


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_envelopes_are_kept_beside_their_mail_and_deleted_with_it(tmp_path: Path, kind: str) -> None:
    blobs, batch = Blobs(str(tmp_path) if kind == "folder" else "memory:///"), of_batch(uuid4())
    items = [(TENANT, batch, content) for content in (b"one", b"two", b"one")]
    one, two, same = blobs.put_all(items, [b"to ann", b"to bob", b"to eve"])
    assert one == same
    assert [blobs.get(key) for key in (one, two)] == [b"one", b"two"]
    assert sorted(mail.envelopes for mail in packed(blobs)) == [(b"to ann", b"to eve"), (b"to bob",)]
    blobs.delete([one])
    assert [(mail.length, mail.envelopes) for mail in packed(blobs)] == [(3, (b"to bob",))]
    for file in blobs.files.walk():
        assert b"to ann" not in b"".join(blobs.files.pieces(file.name))
    blobs.delete([one, two])
    assert list(blobs.files.walk()) == []


def test_of_a_pack_that_was_cut_at_a_crash_the_whole_mails_are_read(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    items = [(TENANT, of_batch(BATCH), content) for content in (b"first", b"second")]
    blobs.put_all(items, [b"envelope 1", b"envelope 2"])
    (pack,) = files_in(tmp_path)
    whole = pack.read_bytes()
    for cut, lengths in ((1, [5, 6]), (len(b"envelope 2") + 9, [5, 6]), (len(b"envelope 2") + 9 + 1, [5])):
        pack.write_bytes(whole[:-cut])
        assert [mail.length for mail in packed(blobs)] == lengths
    assert packed(blobs)[0].envelopes == (b"envelope 1",)


def test_a_pack_without_envelopes_is_read_as_before(tmp_path: Path) -> None:
    (tmp_path / f"{TENANT}/raw/{BATCH}").mkdir(parents=True)
    pack = f"{TENANT}/raw/{BATCH}/{uuid4().hex}"
    (tmp_path / pack).write_bytes(b"\1" + (3).to_bytes(8, "big") + b"one" + b"\1" + (3).to_bytes(8, "big") + b"two")
    blobs = Blobs(str(tmp_path))
    keys = [f"{pack}@{at}+3.{sha256(content).hexdigest()}" for at, content in ((0, b"one"), (12, b"two"))]
    assert [blobs.get(key) for key in keys] == [b"one", b"two"]
    assert packed(blobs) == [PackedMail(0, 3, ()), PackedMail(12, 3, ())]
    blobs.delete([keys[0]])
    assert packed(blobs) == [PackedMail(12, 3, ())]
