"""`casemail case import` and `casemail user import`: lists from files, line by line, again and again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.cli.main import main
from ops.embedded import Postgres
from tests.builders.command import environment
from tests.builders.rows import run
from tests.builders.world import World, make_settings

Import = Callable[..., tuple[int, str, str]]


@pytest.fixture
def imported(
    migrated: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Import:
    """Returns a function that imports a file of these contents; it returns exit code, output and errors."""
    settings = make_settings(migrated.url, tmp_path)
    given = environment(settings) | {"CASEMAIL_OWNER_DATABASE_URL": migrated.owner_url.replace("+psycopg", "")}
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    def call(what: str, world: World, content: str | bytes, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "list.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setattr("sys.argv", ["casemail", what, "import", str(file), "--tenant", world.slug, *options])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return call


def cases(world: World) -> dict[str, Any]:
    rows = run(world, "select * from cases where tenant_id = :id", id=world.tenant_id)
    return {row.number: row for row in rows}


def test_cases_are_created_and_the_same_file_again_changes_nothing(imported: Import, world: World) -> None:
    manager, client = world.email("manager"), world.email("client")
    content = f"""\
number,title,type,manager,clients,status,reason
A-1,Water damage,Claim,{manager},{client} {world.email("member")},,
A-2,"A leak, again",,{manager},,closed,Paid
,No number,,{manager},,,
"""
    assert imported("case", world, content)[:2] == (0, "3 created, 0 changed, 0 unchanged, 0 refused\n")
    there = cases(world)
    assert there["A-1"].kind == "Claim"
    assert (there["A-2"].title, there["A-2"].open, there["A-2"].closed_for) == ("A leak, again", False, "Paid")
    assert there["1"].title == "No number"
    again = "\n".join(content.splitlines()[:3])
    assert imported("case", world, again)[:2] == (0, "0 created, 0 changed, 2 unchanged, 0 refused\n")
    changed = again.replace("Water", "Fire").replace(",closed,Paid", ",open,")
    assert imported("case", world, changed)[:2] == (0, "0 created, 2 changed, 0 unchanged, 0 refused\n")
    assert cases(world)["A-1"].title == "Fire damage"
    assert cases(world)["A-2"].open


def test_a_dry_run_says_what_would_be_done_and_keeps_nothing(imported: Import, world: World) -> None:
    content = f"number;title;manager\nB-1;A title;{world.email('manager')}\n"
    code, out, _ = imported("case", world, content, "--dry-run")
    assert (code, out) == (0, "1 created, 0 changed, 0 unchanged, 0 refused; nothing was kept: this was a dry run\n")
    assert "B-1" not in cases(world)


def test_a_wrong_line_is_reported_with_its_number_and_stops_no_other(imported: Import, world: World) -> None:
    manager = world.email("manager")
    lines = [
        "title,manager,clients,status",
        f" ,{manager},,",
        f"One,{manager},nobody@x.example,",
        "Two,who@x.example,,",
    ]
    lines += [f"Three,{manager},,half", f"Four,{manager},,"]
    code, out, _ = imported("case", world, "\n".join(lines), "--json")
    told = json.loads(out)
    assert code == 1
    assert told["counts"] == {"refused": 4, "created": 1}
    assert [(line["number"], line["why"]) for line in told["lines"] if line["why"]] == [
        (2, "A title has 1 to 200 characters."),
        (3, "nobody@x.example: Nobody here has that address."),
        (4, "Nobody here has the address 'who@x.example'."),
        (5, "The status is open or closed, not 'half'."),
    ]
    assert {case.title for case in cases(world).values()} == {"A leak", "Four"}


def test_people_are_added_and_their_roles_changed(imported: Import, world: World) -> None:
    content = "name,email,role\nZoe Park,zoe@people.example,Case manager\nKim,kim@people.example,\n"
    assert imported("user", world, content)[:2] == (0, "2 created, 0 changed, 0 unchanged, 0 refused\n")
    content = content.replace("Case manager", "staff") + "Bad,not an address,\nWho,who@people.example,boss\n"
    code, out, _ = imported("user", world, content)
    assert code == 1
    assert "0 created, 1 changed, 1 unchanged, 2 refused" in out
    told = json.loads(imported("user", world, content, "--json")[1])
    assert told["lines"][-1]["why"] == "'boss' is no role: admin, case_manager, staff, client."
    rows = run(
        world,
        "select email, role from users where tenant_id = :id and split_part(email, '@', 1) in ('zoe', 'kim')",
        id=world.tenant_id,
    )
    assert {(row.email, row.role) for row in rows} == {
        ("zoe@people.example", "staff"),
        ("kim@people.example", "client"),
    }


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"title,manager\nCaf\xe9,x\n", "is not UTF-8: see line 2"),
        (b"title,boss\n", "has a column 'boss'; known are number, title"),
        (b"number,title\n", "needs the column 'manager' in its first line"),
        (b"", "needs the column 'title' in its first line"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_with_what_to_do(
    imported: Import, world: World, content: bytes, why: str
) -> None:
    code, _, err = imported("case", world, content)
    assert code == 2
    assert why in err
