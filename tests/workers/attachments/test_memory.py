"""How much memory a worker needs for a large mail, measured in a process that has loaded the worker's modules."""

from base64 import b64encode
from binascii import Error, a2b_base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.bench.attachments import MB, MOST_MEMORY, bare, peaks, write
from storage.blobs.store import Blobs
from storage.resources import Resources
from tests.builders.child_processes import environment_of
from tests.builders.world import World
from tests.servers.s3 import S3Server
from workers.parse.mime import transfer

#: Bytes that the measurement and the memory allocator may add, for each process.
ROOM = 20 * MB
LARGEST = 25 * MB


def test_the_largest_mail_costs_no_process_more_than_its_share(resources: Resources, world: World) -> None:
    found = peaks(resources, world.tenant_id, LARGEST, environment_of(resources.settings))
    assert 20 * MB < found.parse < MOST_MEMORY, "it is measured, and the bytes are there at least once"
    assert 40 * MB < found.attachments < MOST_MEMORY, "the mail and one file are there"
    assert 60 * MB < found.beside < MOST_MEMORY + 2 * ROOM, (
        "it is the sum of the process that reads and the one that inspects"
    )


def test_nor_does_it_where_blobs_lie_in_a_bucket(
    resources: Resources, world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        server.make_bucket("mails")
        settings = resources.settings.replace(blob_url="s3://mails")
        there = Resources(settings, resources.database, Blobs(settings.blobs.url))
        found = peaks(there, world.tenant_id, LARGEST, environment_of(settings))
    assert found.parse < MOST_MEMORY
    assert found.attachments < MOST_MEMORY


def test_the_mail_that_is_measured_is_as_large_as_it_says() -> None:
    raw = write(LARGEST, 1)
    assert LARGEST - 100 < len(raw) <= LARGEST
    assert len(bare(raw)) > LARGEST * 0.72


@given(st.data())
def test_base64_that_is_decoded_in_pieces_gives_what_it_gives_as_a_whole(data: st.DataObject) -> None:
    encoded = b64encode(data.draw(st.binary(max_size=200)))
    more = st.sampled_from([b"\n", b"\r\n", b" ", b"=", b"A"])
    for at, octets in data.draw(st.lists(st.tuples(st.integers(0, 300), more))):
        encoded = encoded[:at] + octets + encoded[at:]
    packed = encoded.translate(None, b"\r\n\t ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "_PIECE", data.draw(st.integers(1, 80)))
        found = transfer.decode_transfer(encoded, "base64")
    try:
        whole, defect = a2b_base64(packed, strict_mode=True), ""
    except Error as error:
        whole, defect = found.data, f"broken base64: {error}"
    assert found == transfer.Payload(whole, defect)
