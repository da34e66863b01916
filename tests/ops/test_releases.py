"""The runs on bare Debian releases: steps, figures, and going on after a failure."""

import sys
from pathlib import Path

import pytest

from ops.demo import show
from ops.releases import run
from ops.releases.steps import NAMES, STEPS, TABLE, Outcome, Record, Stopwatch, results

RESULTS = """<testsuites><testsuite>
<testcase classname="tests.ops.test_a" name="test_good"/>
<testcase classname="tests.ops.test_a" name="test_bad[1]"><failure>no</failure></testcase>
<testcase classname="tests.ops.test_a" name="test_twice"/>
<testcase classname="tests.ops.test_a" name="test_twice"><error>at its end</error></testcase>
</testsuite></testsuites>"""


def test_results_count_each_test_once_also_if_it_passed_and_its_end_failed(tmp_path: Path) -> None:
    (tmp_path / "tests.xml").write_text(RESULTS)
    figure, failed = results(tmp_path / "tests.xml")
    assert figure == "1 passed, 2 failed"
    assert failed == ["tests.ops.test_a::test_bad[1]", "tests.ops.test_a::test_twice"]


def test_tests_that_did_not_come_to_their_end_have_no_results(tmp_path: Path) -> None:
    assert results(tmp_path / "none.xml") == ("no results", [])


def test_the_first_table_of_the_demo_is_timed() -> None:
    watch = Stopwatch(iter([10.0, 14.4, 20.0]).__next__)
    for line in ("Making .venv\n", f"   {TABLE}\n", f"{TABLE}\n"):
        watch.read(line)
    assert watch.table == "table after 4 s"


def test_the_demo_prints_the_line_that_is_timed() -> None:
    assert TABLE in Path(show.__file__).read_text()


def test_the_steps_together_are_demo_and_make_test() -> None:
    recipes = (Path(__file__).parents[2] / "Makefile").read_text()
    for step in STEPS:
        if step.tests:
            assert (
                f".venv/bin/pytest {step.command}".replace("{processes}", "4" if step.name == "tests" else "3")
                in recipes
            )
        assert step.in_shell(2, "-k 'a b'").startswith("rm -f build" if step.tests else "make demo")


def test_what_passed_counts_again_only_at_the_same_commit(tmp_path: Path) -> None:
    Record(tmp_path / "r.json", "one").note("demo", Outcome(0, 50, "table after 48 s"))
    for commit, passed in (("one", True), ("two", False)):
        record = Record(tmp_path / "r.json", commit)
        record.load()
        assert record.passed("demo") is passed
        assert not record.passed("tests")


def test_a_release_that_does_not_exist_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["releases", "woody"])
    with pytest.raises(SystemExit):
        run.main()
    assert "no release: woody; there are bookworm, trixie, forky" in capsys.readouterr().err
    assert NAMES == ("demo", "demo-again", "tests", "chaos")
