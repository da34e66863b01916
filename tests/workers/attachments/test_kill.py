"""SIGKILL of the process that stores files and posts, at every step: no bytes stay behind, and none are missing."""

import signal
import subprocess
import sys
from uuid import UUID

import pytest

from schemas.records import ValidatedMail
from storage import stored_files
from tests.builders.mails_with_files import PDF, age, let_through, post_one, stored
from tests.builders.world import World
from tests.workers.attachments.test_storing import blobs_of, in_store
from tests.workers.outbox.test_kill import environment
from workers.resources import House

OTHER = PDF + b"% another\n"
#: Chooses, stores and posts, and is killed at the given call: before it, or when it has returned.
CHILD = """
import os, pathlib, signal, sys
import cases.posting, storage.files, workers.post.stage
from schemas.records import ValidatedMail
from schemas.settings import load
from storage.blobs import Blobs
from workers.attachments.stage import select
from workers.house import open_house
from workers.post.stage import post

places = {"blobs": Blobs, "post": workers.post.stage.ledger, "files": storage.stored_files, "path": pathlib.Path}
place, name, when, at = places[sys.argv[2]], *sys.argv[3:]
real, calls = getattr(place, name), 0

def deadly(*args, **more):
    global calls
    calls += 1
    if when == "before" and calls == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*args, **more)
    if when == "after" and calls == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(place, name, deadly)
house = open_house(load())
post([select(ValidatedMail.model_validate_json(sys.argv[1]), house)], house)
"""
STEPS = {
    "the row of a file is written, its bytes are not": ("blobs", "put_all", "before", "1"),
    "the bytes of the first file are stored": ("blobs", "put_all", "after", "1"),
    "the second file has its row": ("blobs", "put_all", "before", "2"),
    "all bytes are stored": ("blobs", "put_all", "after", "2"),
    "the post transaction has begun": ("files", "keep", "before", "1"),
    "the bytes are claimed by an update that is not committed": ("files", "keep", "after", "1"),
    "all is written but for the commit": ("post", "end", "after", "1"),
}
#: Here the disk has a draft of the bytes besides, which goes with them.
IN_A_WRITE = {"the bytes have not got their name": ("path", "rename", "before", "2")}


def run_until_killed(mail: ValidatedMail, house: House, step: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", CHILD, mail.model_dump_json(), *step]
    done = subprocess.run(command, env=environment(house.settings), capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def sweep(house: House) -> None:
    while stored_files.sweep(house.database, house.blobs, most=1_000):
        pass


@pytest.mark.parametrize("step", (STEPS | IN_A_WRITE).values(), ids=STEPS | IN_A_WRITE)
def test_a_kill_leaves_no_orphan_after_a_sweep(house: House, world: World, step: tuple[str, ...]) -> None:
    run_until_killed(let_through(house, world, ("a.pdf", PDF), ("b.pdf", OTHER)), house, step)
    assert {key.partition(".")[0] for key in in_store(house)} <= set(stored(world)), "no bytes lie there without a row"
    age(world)
    sweep(house)
    assert in_store(house) == set()
    assert stored(world) == []


@pytest.mark.parametrize("swept", [False, True], ids=["before a sweep", "after a sweep"])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_the_mail_that_is_delivered_again_posts_with_all_its_files(
    house: House, world: World, step: tuple[str, ...], swept: bool
) -> None:
    mail = let_through(house, world, ("a.pdf", PDF), ("b.pdf", OTHER))
    run_until_killed(mail, house, step)
    if swept:
        age(world)
        sweep(house)
    update = post_one(mail, house)
    assert isinstance(update, UUID)
    age(world)
    sweep(house)
    assert [house.blobs.get(key) for key in blobs_of(world, update)] == [PDF, OTHER]
    assert in_store(house) == set(stored(world)) == set(blobs_of(world, update))
