"""Everything that the documents name exists: files, modules, commands, settings, metrics, and targets of links."""

import importlib
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ops.cli.main import Commands
from schemas.settings import variables

ROOT = Path(__file__).parents[2]
#: The pages outside the documentation site; the site's pages follow.
AT_THE_TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
PAGES = [*AT_THE_TOP, *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
ROOMS = ("api", "cases", "console", "docs", "ops", "schemas", "storage", "tests", "workers")

_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(rf"(?:{'|'.join(ROOMS)})/[\w./-]*|[\w.-]+\.(?:md|toml|lock)")
_MODULE = re.compile(rf"(?:{'|'.join(ROOMS)})(?!\.example)(?:\.\w+)+")
_IDENTIFIER = re.compile(r"[A-Za-z]\w*_\w*|[A-Z]{4,}|(?:[A-Z][a-z]+){2,}|_[A-Z]{3,}")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
#: Files that readers create.
_NOT_OURS = frozenset({"mail.eml", "chaos-report.md", "gameday-report.md"})


@cache
def text(page: Path) -> str:
    return page.read_text()


def named(page: Path, pattern: re.Pattern[str]) -> set[str]:
    """Returns the words in backticks that match the whole pattern."""
    return {words for words in _CODE.findall(text(page)) if pattern.fullmatch(words)}


def slug(heading: str) -> str:
    """Returns the anchor of a heading, as GitHub and the site make it."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_path_exists(page: Path) -> None:
    missing = {path for path in named(page, _PATH) - _NOT_OURS if not (ROOT / path).exists()}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_module_and_name_in_it_exists(page: Path) -> None:
    for dotted in named(page, _MODULE):
        module, names = importlib.import_module(dotted.split(".")[0]), dotted.split(".")[1:]
        found: Any = module
        for place, name in enumerate(names):
            if not hasattr(found, name):
                found = importlib.import_module(".".join(dotted.split(".")[: place + 2]))
            else:
                found = getattr(found, name)


@cache
def words_of_the_code() -> frozenset[str]:
    files = [
        path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".js", ".yml", ".sql")
    ]
    return frozenset(word for path in files for word in re.findall(r"\w+", path.read_text()))


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_identifier_is_in_the_code(page: Path) -> None:
    unknown = named(page, _IDENTIFIER) - words_of_the_code()
    assert not {name for name in unknown if not name.startswith(("CASEMAIL_", "AWS_", "OTEL_"))}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_link_leads_somewhere(page: Path) -> None:
    for target in ("".join(groups) for groups in _LINK.findall(text(page))):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), target
        assert not anchor or anchor in anchors(goal), target


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_setting_exists(page: Path) -> None:
    known = {*variables(), "CASEMAIL_CHAOS_ROUNDS"}
    assert set(re.findall(r"CASEMAIL_[A-Z_]*[A-Z]", text(page))) <= known


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_command_and_its_options_exist(page: Path) -> None:
    indented = re.findall(r"^    (?:\.venv/bin/)?casemail ([a-z].*)$", text(page), re.MULTILINE)
    lines = [line for line in indented if not line.startswith("unix ")]
    for line in lines + re.findall(r"`casemail ([a-z][^`]*)`", text(page).replace("\n", " ")):
        words = shlex.split(re.split(r"#|&&|\|\|", line)[0])
        command: Any = Commands.load(words.pop(0), runs=False)
        while words and not words[0].startswith("-") and hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        known = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_each_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z-]+)|^    make ([a-z-]+)", text(page), re.MULTILINE)) <= {
            pair for target in targets for pair in ((target, ""), ("", target))
        }, page


def test_readme_stays_short() -> None:
    assert len(text(ROOT / "README.md").splitlines()) <= 120
