"""The dashboards are those of the code, show units and limits, lead to each other, and can be had without our tools."""

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ops.cli.main import app
from ops.grafana.boards import BOARDS, FOLDER, file_of
from ops.grafana.model import Board, Limits
from ops.grafana.render import render, thresholds
from tests.ops.grafana.asking import panels, queries

FILES = [file_of(board) for board in BOARDS]
IDS = [file.stem for file in FILES]
DEPLOY = Path(__file__).parents[3] / "ops" / "deploy"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_dashboard_is_what_the_code_says(board: Board) -> None:
    assert file_of(board).read_text() == render(board), "stale: run `make dashboards`"


def test_no_other_dashboard_lies_about() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_ranges_follow_the_time_that_is_shown(file: Path) -> None:
    ranges = {found for asked in queries(file) for found in re.findall(r"\[(.*?)\]", asked.query)}
    assert ranges <= {"$__rate_interval", "$__range"}


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_each_panel_has_a_unit_and_says_what_it_shows(file: Path) -> None:
    for panel in panels(file):
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["description"][-1] in ".?", panel["title"]
        assert panel["targets"], panel["title"]


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_no_panel_covers_another_or_leaves_the_page(file: Path) -> None:
    covered: set[tuple[int, int]] = set()
    for panel in json.loads(file.read_text())["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        squares = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not covered & squares, panel["title"]
        covered |= squares


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_links_lead_to_boards_and_variables_that_there_are(file: Path) -> None:
    boards = {json.loads(each.read_text())["uid"]: json.loads(each.read_text()) for each in FILES}
    links = [link["url"] for panel in panels(file) for link in panel["fieldConfig"]["defaults"].get("links", ())]
    for link in links:
        uid, variables = re.fullmatch(r"/d/([\w-]+)\?(.*)", link).groups()  # type: ignore[union-attr]
        known = {variable["name"] for variable in boards[uid]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", variables)) <= known, link
    (menu,) = boards[file.stem]["links"]
    assert all(set(menu["tags"]) <= set(board["tags"]) for board in boards.values())


def test_the_overview_leads_to_every_board_that_has_figures() -> None:
    assert {uid for uid in IDS if f"/d/{uid}?" in FILES[0].read_text()} >= {*IDS} - {"casemail", "casemail-mail"}


@pytest.mark.parametrize(
    ("limits", "steps"),
    [
        (None, [(None, "green")]),
        (Limits(5, 9), [(None, "green"), (5, "yellow"), (9, "red")]),
        (Limits(1, 1), [(None, "green"), (1, "red")]),
        (Limits(9, 5, below=True), [(None, "red"), (5, "yellow"), (9, "green")]),
        (Limits(1, 1, below=True), [(None, "red"), (1, "green")]),
    ],
)
def test_limits_are_colors(limits: Limits | None, steps: list[tuple[float | None, str]]) -> None:
    assert [(step.value, step.color) for step in thresholds(limits).build().steps] == steps


def test_the_board_of_one_mail_leads_to_its_page_in_the_console() -> None:
    board = json.loads((FOLDER / "casemail-mail.json").read_text())
    (text,) = [panel["options"]["content"] for panel in board["panels"] if panel["type"] == "text"]
    assert "($console/inbound/$mail)" in text
    assert {"console", "mail"} <= {variable["name"] for variable in board["templating"]["list"]}


def test_the_command_writes_all_dashboards(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["dashboards", str(tmp_path / "new" / "boards")])
    assert done.exit_code == 0, done.output
    written = {file.name: file.read_text() for file in (tmp_path / "new" / "boards").iterdir()}
    assert written == {file.name: file.read_text() for file in FILES}


def test_the_compose_file_gives_grafana_the_folder_of_the_dashboards() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["grafana"]
    (provider,) = yaml.safe_load((DEPLOY / "grafana-dashboards.yaml").read_text())["providers"]
    mounts = {target: source for source, target, *_ in (each.split(":") for each in service["volumes"])}
    mounted = mounts[provider["options"]["path"]]
    assert (DEPLOY / mounted).resolve() == FOLDER
