"""The architecture page lists exactly the stages and states that the code has."""

import re
from pathlib import Path

from schemas.tables import MailState
from schemas.tables.mails import TRANSITIONS
from workers.pipeline import STAGES

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()


def test_the_stages_with_their_topics_are_those_of_the_pipeline() -> None:
    rows = re.findall(r"^\| (\w+) \| .* \| `([\w.]+)` \|$", PAGE, re.MULTILINE)
    assert rows == [(stage.name, stage.topic) for stage in STAGES]


def test_the_table_of_moves_has_every_move_that_the_database_lets_a_mail_make_and_no_other() -> None:
    rows = re.findall(r"^\| ?([A-Z, ]*) \| ([A-Z, ]+) \|", PAGE, re.MULTILINE)
    moves = {
        (MailState[before], MailState[after])
        for froms, tos in rows
        for before in re.findall(r"[A-Z]+", froms)
        for after in re.findall(r"[A-Z]+", tos)
        if before != after
    }
    assert moves == {(before, after) for before, afters in TRANSITIONS.items() for after in afters}
