"""Lost and left words are counted, and a run says whether there were too many."""

import re
import subprocess
import sys

import pytest

from ops.bench.reading.answers import Answer, draw
from ops.bench.reading.compare import compare
from ops.bench.reading.figures import Figures
from ops.bench.reading.left_out import leave_out
from ops.bench.reading.runs import Run, measure
from ops.bench.reading.written import plain_text
from tests.builders.command import casemail

_ABOVE = {"position": "above", "damage": "none", "language": "en", "program": "Gmail", "quoted": "another mail"}

_WITHOUT_ROWS = """
from ops.bench.reading.left_out import leave_out
leave_out({"language": "de"})
leave_out({"program": "Gmail"})
from workers.parse.text import languages
codes = [row.code for row in languages.LANGUAGES]
assert "de" not in codes and "en" in codes
from workers.parse.text.reply import extract_html
html = '<p>Yes.</p><div class="{}">By me</div>'
assert "By me" in extract_html(html.format("gmail_attr")).text
assert "By me" not in extract_html(html.format("moz-cite-prefix")).text
"""


def _answer(length: str) -> Answer:
    drawn = (draw(f"6.{number}", _ABOVE | {"length": length}) for number in range(100))
    return next(answer for answer in drawn if answer.signature == "none" and answer.form == "plain")


def test_a_right_result_loses_and_leaves_nothing() -> None:
    answer = _answer("some paragraphs")
    outcome = compare(answer, "\n\n".join(answer.own))
    assert (outcome.lost, outcome.left) == ((), 0)
    assert outcome.quoted > 10


def test_each_paragraph_that_is_not_whole_is_lost() -> None:
    answer = _answer("some paragraphs")
    for index, paragraph in enumerate(answer.own):
        others = [text for text in answer.own if text != paragraph]
        assert compare(answer, "\n\n".join(others)).lost == (paragraph,)
        broken = [*answer.own[:index], paragraph.split()[0] + " (and more)", *answer.own[index + 1 :]]
        assert compare(answer, "\n\n".join(broken)).lost == (paragraph,) if len(paragraph.split()) > 1 else True


def test_own_words_in_another_order_are_lost() -> None:
    answer = _answer("some paragraphs")
    assert compare(answer, "\n\n".join(reversed(answer.own))).lost


def test_all_quoted_words_of_an_uncut_answer_are_left() -> None:
    answer = _answer("a line")
    outcome = compare(answer, plain_text(answer))
    assert outcome.lost == ()
    assert outcome.left == outcome.quoted


def test_a_closing_and_lines_between_answers_may_stay() -> None:
    drawn = (draw(f"7.{number}", _ABOVE | {"position": "between", "program": "Mutt"}) for number in range(200))
    answer = next(a for a in drawn if len(a.cuts) > 1 and not a.rest and a.signature == "closing" and not a.older)
    text = plain_text(answer)
    assert compare(answer, text[text.index(answer.own[0].split("\n")[0]) :]).left == 0


def test_the_spread_grows_when_the_words_are_left_together() -> None:
    even, together = Figures(), Figures()
    for number in range(100):
        even.add(lost=False, left=1, quoted=100)
        together.add(lost=False, left=100 if number == 0 else 0, quoted=100)
    assert even.posted == together.posted == 0.01
    assert even.posted_spread < 0.001 < together.posted_spread


def test_no_losing_mail_among_few_proves_little() -> None:
    assert Figures(mails=10).most_losing > 0.2
    assert Figures(mails=50_000).most_losing < 0.0001


def test_processes_do_not_change_the_figures() -> None:
    run = Run(seed=1, mails=501, only={"language": "en"})
    assert measure([run], 1)[0].total == measure([run], 2)[0].total


def test_rows_are_taken_out_of_the_tables_before_the_reader_has_read_them() -> None:
    with pytest.raises(AssertionError):
        leave_out({"language": "de"})
    subprocess.run([sys.executable, "-c", _WITHOUT_ROWS], check=True)


def test_a_run_prints_both_figures_and_fails_when_words_are_lost_or_posted() -> None:
    done = casemail("bench", "reading", "--mails", "300", "--processes", "1", "--only", "program=KMail")
    lost = re.search(r"own words lost: +(\d+) of 300", done.stdout)
    posted = re.search(r"quoted words posted: +([\d.]+)%", done.stdout)
    assert lost
    assert posted
    assert done.returncode == int(lost[1] != "0" or float(posted[1]) >= 1), done.stdout


def test_an_unknown_value_is_refused() -> None:
    done = casemail("bench", "reading", "--only", "program=Pine")
    assert done.returncode == 2
    assert "Gmail" in done.stderr


def test_an_answer_is_shown_with_what_was_read() -> None:
    done = casemail("bench", "reading", "--show", "1.1", "--only", "language=de")
    assert "@people.example" in done.stdout
    assert re.search(r"lost \d+ paragraphs, \d+ of \d+ quoted words posted", done.stdout)
