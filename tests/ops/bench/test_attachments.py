"""The benchmark of files measures what it claims to measure, on a real database."""

import pytest

from ops.bench.attachments import SIZES, bare, run, speed, write
from storage.resources import Resources
from tests.builders.world import World


def test_a_mail_is_the_same_for_a_seed_and_its_file_is_what_the_bare_decode_gives(
    resources: Resources, world: World
) -> None:
    raw = write(100_000, 1)
    assert raw == write(100_000, 1)
    assert raw != write(100_000, 2)
    assert bare(raw).isalnum()
    ours, theirs = speed(resources, world.tenant_id, 100_000, turns=1)
    assert ours > 0
    assert theirs > 0


def test_it_prints_speed_and_memory_of_each_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SIZES[-1] == 25_000_000
    monkeypatch.setattr("ops.bench.attachments.SIZES", (1_000_000,))
    assert run(turns=1) == 0
    printed = capsys.readouterr().out
    for column in ("MB/s", "bare", "times", "parse", "attachments", "beside"):
        assert column in printed
