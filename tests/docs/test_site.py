"""The documentation site builds without a warning, and the pages made from the code are up to date."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from docs import conf
from docs.pages_from_code import PAGES

ROOT = Path(__file__).parents[2]


def build(source: Path, target: Path, builder: str = "html") -> subprocess.CompletedProcess[str]:
    """Builds the site as `make docs` does; each warning is an error: dead links, pages without a place."""
    options = ["--builder", builder, "--fail-on-warning", "--keep-going", "--quiet"]
    command = [sys.executable, "-m", "sphinx", *options, str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    built = build(ROOT / "docs", tmp_path)
    assert (built.returncode, built.stderr) == (0, "")
    assert "The way of a mail" in (tmp_path / "architecture.html").read_text()
    assert (tmp_path / "_images" / "mail.svg").exists()


def test_a_dead_link_and_a_page_without_a_place_fail_the_build(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    for index, pages in conf.NAVIGATION.items():
        for page in (index, *(f"{PurePosixPath(index).parent}/{name}" for name in pages)):
            (source / page).parent.mkdir(parents=True, exist_ok=True)
            (source / f"{page}.md").write_text("# A page\n")
    (source / "conf.py").write_text(Path(conf.__file__).read_text())
    (source / "glossary.md").write_text("# Glossary\n\n[one](gone.md) and [two](architecture.md#gone)\n")
    (source / "lonely.md").write_text("# Lonely\n")
    built = build(source, tmp_path / "bad", "dummy")
    assert built.returncode == 1
    warnings = [line for line in built.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == 3, built.stderr
    for words in ("gone.md", "doc 'architecture': 'gone'", "lonely.md"):
        assert any(words in line for line in warnings), built.stderr


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text() == PAGES[path](), "stale: run `make docs`"
