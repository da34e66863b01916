"""A damaged file does no harm, or at most breaks the process that examines it."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from PIL import Image

from cases.files.examine import Examined
from schemas.files import FileReason
from tests.builders.examined import check
from tests.builders.files import (
    GOOD,
    picture,
)
from tests.builders.sandbox_processes import at_work, readers


@pytest.mark.parametrize("name", GOOD)
def test_any_beginning_of_any_file_gives_a_result(name: str) -> None:
    content = GOOD[name]
    for length in (1, 9, 30, 100, len(content) // 2, len(content) - 1):
        assert isinstance(check(name, content[:length]), Examined)


def changed(content: bytes, chance: Random) -> bytes:
    """Returns the content with a few octets changed, removed or doubled."""
    new = bytearray(content)
    for _ in range(chance.choice((1, 2, 5, 20))):
        at = chance.randrange(len(new) + 1)
        match chance.randrange(4):
            case 0:
                new[at : at + 1] = chance.randbytes(1)
            case 1:
                new[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 2:
                del new[at : at + 40]
            case _:
                new[at:at] = new[max(0, at - 60) : at]
    return bytes(new)


@pytest.mark.parametrize("name", GOOD)
def test_however_a_file_is_changed_the_process_survives_it(name: str) -> None:
    chance = Random(7)
    check(name, GOOD[name])
    before = [child.pid for child in readers()]
    for _ in range(25):
        assert isinstance(check(name, changed(GOOD[name], chance)), Examined)
    # a process that died or exceeded its limits would have been replaced
    assert [child.pid for child in readers()] == before


def test_a_file_that_kills_the_process_is_left_out_and_the_next_is_examined() -> None:
    large = picture("PNG", Image.new("RGBA", (7_000, 7_000), "red"))
    check("note.txt", GOOD["note.txt"])
    reason = None
    while reason is None:  # on a busy machine, a try may be over before the process is killed
        with ThreadPoolExecutor(1) as threads:
            looking = threads.submit(check, "a.png", large)
            for child in at_work():
                child.kill()
            reason = looking.result(timeout=120).reason
    assert reason is FileReason.UNREADABLE
    assert check("note.txt", GOOD["note.txt"]).reason is None
