"""What a role needs is told within a bounded time, with the reason."""

import time
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import create_engine, make_url, text

from ops.embedded import Postgres
from ops.monitoring import readiness
from ops.monitoring.liveness import Heartbeats
from ops.monitoring.readiness import Readiness, Result
from storage.blobs.store import Blobs
from storage.database import Database
from storage.deadlines import Deadlines
from storage.migrations import upgrade
from storage.resources import Resources
from tests.servers.silent_proxy import Proxy


def results(database: Database, blobs: Blobs) -> dict[str, Result]:
    return Readiness(readiness.stores(database, lambda: blobs)).results()


def test_a_role_that_has_all_it_needs_is_ready(resources: Resources) -> None:
    assert results(resources.database, resources.blobs) == {
        "schema": Result(ready=True),
        "blob store": Result(ready=True),
    }


def test_a_check_that_hangs_is_told_as_such_and_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.2)
    begun, goes_on = [], Event()

    def hanging() -> None:
        begun.append(1)
        assert goes_on.wait(60)

    needs = Readiness({"hanging": hanging, "quick": lambda: None})
    for _ in range(3):
        shown = needs.results()
    assert shown == {"hanging": Result(ready=False, reason="no answer within 0.2 s"), "quick": Result(ready=True)}
    assert len(begun) == 1
    goes_on.set()
    monkeypatch.setattr(readiness, "PATIENCE", 60)
    assert needs.results()["hanging"].ready


def test_a_schema_that_is_missing_or_old_says_what_to_do(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres") as server, closing(Database(server.url)) as database:

        def schema() -> Result:
            return Readiness(readiness.stores(database, lambda: Blobs(str(tmp_path)))).results()["schema"]

        assert not schema().ready  # there are not even the roles
        upgrade(server.owner_url, server.url)
        assert schema().ready
        engine = create_engine(server.owner_url)
        for revision, ready in (("0060", False), ("9999", True)):  # 9999: an upgrade has begun
            with engine.begin() as connection:
                connection.execute(text("update alembic_version set version_num = :found"), {"found": revision})
            assert schema().ready is ready
        engine.dispose()


def test_a_silent_database_and_a_missing_folder_are_told(
    migrated: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(make_url(migrated.url).port) as proxy:
        url = make_url(migrated.url).set(port=proxy.port).render_as_string(hide_password=False)
        blobs = Blobs(str(tmp_path / "mounted"))
        with closing(Database(url, limits=Deadlines(connect=2, system=2))) as database:
            assert results(database, blobs)["schema"].ready
            (tmp_path / "mounted").rename(tmp_path / "gone")
            monkeypatch.setattr(readiness, "PATIENCE", 0.2)
            with proxy.fault("blackhole"):
                shown = results(database, blobs)
    assert shown["schema"] == Result(ready=False, reason="no answer within 0.2 s")
    assert shown["blob store"].reason == f"the folder of the blob store is not there: {tmp_path / 'mounted'}"
    assert not (tmp_path / "mounted").exists()


def test_consumers_are_missed_by_queue(tmp_path: Path) -> None:
    check = readiness.consumers(tmp_path, ["inbound.parse", "inbound.post"])
    with pytest.raises(readiness.NotReadyError, match=r"no consumer reads inbound\.parse, inbound\.post"):
        check["consumers"]()


def test_a_part_counts_from_its_first_sign_of_life() -> None:
    beats = Heartbeats()
    assert beats.ages() == {}
    beats.beat("jobs")
    first = beats.ages()["jobs"]
    time.sleep(0.01)
    assert beats.ages()["jobs"] > first
