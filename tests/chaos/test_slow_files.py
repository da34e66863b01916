"""Slow files of one tenant delay no other tenant: the order in which mails and forms end shows it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from urllib.error import HTTPError
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import text

from ops.bench.neighbours import NOISY, Neighbours, neighbours
from ops.bench.slow_pdf import slow_pdf
from ops.demo.waiting import wait_until
from storage.ledger import conservation

#: Slow mails, and the objects of each of their two PDFs: about three seconds of CPU time a mail.
SLOW_MAILS, OBJECTS = 3, 40_000

_ENDS = text("select state, count(*) from mails where state <> 'dropped' group by state")
_FILES = text("select count(*) from update_files f join updates u on u.id = f.update_id where u.via = 'email'")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    """Yields a running casemail with two tenants."""
    with neighbours(tmp_path_factory.mktemp("neighbours")) as made:
        yield made


def heavy(scene: Neighbours) -> int:
    """Returns how many mails of the noisy tenant are known to be heavy and have not ended."""
    query = text("select count(*) from mails where ended_at is null and lane = 2")
    with scene.database.tenant(scene.planted.tenants[NOISY.tenant]) as connection:
        return int(connection.execute(query).scalar_one())


@pytest.mark.timeout(600)
def test_a_plain_mail_and_a_form_end_before_the_slow_mails_that_came_before_them(scene: Neighbours) -> None:
    scene.send(scene.slow_mails(SLOW_MAILS, OBJECTS, files=2))
    wait_until(lambda: heavy(scene) == SLOW_MAILS, seconds=120, what="the slow mails to be known as heavy")
    scene.plain_mail()
    scene.photo_form(scene.log_in(), Random(1))
    assert scene.still_open() > 0
    # no slow mail is lost, or loses a file
    wait_until(lambda: scene.still_open() == 0, seconds=400, what="the slow mails to end")
    with scene.database.tenant(scene.planted.tenants[NOISY.tenant]) as connection:
        assert [tuple(row) for row in connection.execute(_ENDS)] == [("posted", SLOW_MAILS)]
        assert connection.execute(_FILES).scalar_one() == 2 * SLOW_MAILS
    with scene.database.system() as connection:
        assert all(line.unaccounted == 0 for line in conservation.conservation(connection))


@pytest.mark.timeout(600)
def test_a_form_with_a_photo_ends_before_the_forms_with_slow_files_that_came_before_it(scene: Neighbours) -> None:
    noisy = scene.log_in(NOISY)
    case = f"/cases/{scene.planted.cases['L-310']}"
    content = slow_pdf(OBJECTS)

    def slow_form(number: int) -> str:
        fields = {"update_id": str(uuid4()), "text": f"Slow {number}"}
        try:
            return noisy.attach(case, f"{case}/updates", fields, "a.pdf", content + b"%%%d" % number, "application/pdf")
        except HTTPError as refused:  # too many forms of one tenant wait already
            with refused:
                return str(refused.code)

    with ThreadPoolExecutor(6) as threads:
        forms = [threads.submit(slow_form, number) for number in range(6)]
        wait_until(lambda: bool(working(scene)), seconds=60, what="a slow form to be looked at")
        scene.photo_form(scene.log_in(), Random(2))
        assert not all(form.done() for form in forms)
        assert all("Slow" in page or page in ("429", "503") for page in (form.result() for form in forms))


def working(scene: Neighbours) -> list[psutil.Process]:
    """Returns the processes of the console that examine heavy files; their niceness is raised."""
    console = psutil.Process(scene.cluster.processes["console"].pid)
    return [child for child in console.children(recursive=True) if child.nice() > 0]


def lanes(scene: Neighbours) -> list[psutil.Process]:
    """Returns the main process of each lane of heavy mails."""
    worker, found = psutil.Process(scene.cluster.processes["worker"].pid), []
    for child in worker.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # an ended process that was not collected is no lane
            if child.cmdline()[-3:-1] == ["ops", "heavy"]:
                found.append(child)
    return found


def test_a_lane_of_heavy_mails_that_dies_is_started_again_and_the_worker_goes_on(scene: Neighbours) -> None:
    worker = scene.cluster.processes["worker"].pid
    wait_until(lambda: bool(lanes(scene)), seconds=90, what="the lane")
    before = {process.pid for process in lanes(scene)}
    for process in lanes(scene):
        process.kill()
    wait_until(lambda: bool({process.pid for process in lanes(scene)} - before), seconds=60, what="another lane")
    scene.plain_mail()
    assert scene.cluster.processes["worker"].pid == worker
