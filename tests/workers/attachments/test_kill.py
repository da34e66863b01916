"""The process that stores files and posts is killed at every step: no bytes are left over, and none are missing."""

import signal
import subprocess
import sys
from uuid import UUID

import pytest

from schemas.records import ValidatedMail
from storage import stored_files
from storage.resources import Resources
from tests.builders.child_processes import environment_of
from tests.builders.mails_with_files import PDF, age, blobs_of, in_store, let_through, post_one, stored
from tests.builders.world import World

OTHER = PDF + b"% another\n"
#: A program that chooses files, stores them and posts; it kills itself before or after the given call.
CHILD = """
import os, pathlib, signal, sys
import cases.updates.posting, storage.stored_files, workers.post.stage
from schemas.records import ValidatedMail
from schemas.settings import load
from storage.blobs.store import Blobs
from workers.attachments.stage import select
from storage.resources import open_resources
from workers.post.stage import post

places = {"blobs": Blobs, "post": workers.post.stage.endings, "files": storage.stored_files, "path": pathlib.Path}
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
resources = open_resources(load())
post([select(ValidatedMail.model_validate_json(sys.argv[1]), resources)], resources)
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
#: At this step the disk also holds a draft of the bytes under a temporary name.
IN_A_WRITE = {"the bytes have not got their name": ("path", "rename", "before", "2")}


def run_until_killed(mail: ValidatedMail, resources: Resources, step: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", CHILD, mail.model_dump_json(), *step]
    done = subprocess.run(
        command, env=environment_of(resources.settings), capture_output=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def sweep(resources: Resources) -> None:
    while stored_files.sweep(resources.database, resources.blobs, most=1_000):
        pass


@pytest.mark.parametrize("step", (STEPS | IN_A_WRITE).values(), ids=STEPS | IN_A_WRITE)
def test_a_kill_leaves_no_orphan_after_a_sweep(resources: Resources, world: World, step: tuple[str, ...]) -> None:
    run_until_killed(let_through(resources, world, ("a.pdf", PDF), ("b.pdf", OTHER)), resources, step)
    assert {key.partition(".")[0] for key in in_store(resources)} <= set(stored(world)), (
        "no bytes lie there without a row"
    )
    age(world)
    sweep(resources)
    assert in_store(resources) == set()
    assert stored(world) == []


@pytest.mark.parametrize("swept", [False, True], ids=["before a sweep", "after a sweep"])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_the_mail_that_is_delivered_again_posts_with_all_its_files(
    resources: Resources, world: World, step: tuple[str, ...], swept: bool
) -> None:
    mail = let_through(resources, world, ("a.pdf", PDF), ("b.pdf", OTHER))
    run_until_killed(mail, resources, step)
    if swept:
        age(world)
        sweep(resources)
    update = post_one(mail, resources)
    assert isinstance(update, UUID)
    age(world)
    sweep(resources)
    assert [resources.blobs.get(key) for key in blobs_of(world, update)] == [PDF, OTHER]
    assert in_store(resources) == set(stored(world)) == set(blobs_of(world, update))
