"""The architecture page lists exactly the stages and states that the code has."""

import re
from pathlib import Path

from schemas.tables import MailState
from workers.pipeline import STAGES

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()


def test_the_stages_with_their_topics_are_those_of_the_pipeline() -> None:
    rows = re.findall(r"^\| (\w+) \| .* \| `([\w.]+)` \|$", PAGE, re.MULTILINE)
    assert rows == [(stage.name, stage.topic) for stage in STAGES]


def test_each_state_of_a_mail_is_in_the_table_of_moves() -> None:
    moves = re.findall(r"^\| ?([A-Z, ]*) \| ([A-Z, ]+) \|", PAGE, re.MULTILINE)
    assert {state for move in moves for state in re.findall(r"[A-Z]+", " ".join(move))} == set(MailState.__members__)
