"""Regular expressions that every supported Python matches alike."""

import subprocess
import sys
from pathlib import Path

#: Notes where our modules compile patterns, imports all of them, and prints the patterns that some Python gets wrong:
#: before 3.11.5, re mismatches a possessive or atomic group in which something can be tried again.
SCRIPT = """
import importlib, pkgutil, re, sys

ROOMS = ("schemas", "storage", "cases", "workers", "console", "api")
AGAIN = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT", "BRANCH", "ASSERT", "ASSERT_NOT"}
parse, seen = re._parser.parse, []


def noted(pattern, *arguments, **named):
    tree, frame = parse(pattern, *arguments, **named), sys._getframe()
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in ("re", "__main__"):
        frame = frame.f_back
    if frame and frame.f_globals["__name__"].partition(".")[0] in ROOMS:
        seen.append((frame.f_globals["__name__"], pattern, tree))
    return tree


def nodes(tree):
    for name, value in tree:
        yield str(name), value
        for inner in trees(value):
            yield from nodes(inner)


def trees(value):
    if isinstance(value, re._parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from trees(each)


def is_wrong(name, value):
    within = {inner for tree in trees(value) for inner, _ in nodes(tree)}
    return name in ("POSSESSIVE_REPEAT", "ATOMIC_GROUP") and bool(within & AGAIN)


re._parser.parse = noted
for room in ROOMS:
    for module in pkgutil.walk_packages([room], room + "."):
        if module.name != "storage.migrations.env":  # runs in Alembic alone
            importlib.import_module(module.name)
assert len(seen) > 100, "the patterns of our modules were not noted"
assert any(name == "POSSESSIVE_REPEAT" for _, _, tree in seen for name, _ in nodes(tree))
for module, pattern, tree in seen:
    if any(is_wrong(name, value) for name, value in nodes(tree)):
        print(module, pattern)
"""


def test_no_pattern_has_a_possessive_group_that_an_older_python_matches_wrongly() -> None:
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
