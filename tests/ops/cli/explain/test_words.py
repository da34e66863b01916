"""`casemail explain` shows which rule, or which words of the update, decided on each line."""

from pathlib import Path

from schemas.own_mail import REPLY_MARKER
from tests.builders.command import casemail

UPDATE = """\
Can the plumber come on Friday at 10, or do you prefer Monday at 9?

Please also say which key fits the cellar door, and whether the dog is at home, so that nobody is frightened when he
opens it. The work takes two hours, and he brings all that he needs. You need not stay at home."""
HEAD = "From: ann@x.example\nTo: r@in.example\nSubject: Re: A leak\n\n"


def explained(tmp_path: Path, body: str) -> list[str]:
    mail, update = tmp_path / "mail.eml", tmp_path / "update.txt"
    mail.write_text(HEAD + body)
    update.write_text(UPDATE)
    out = casemail("explain", mail, "--update", update).stdout
    return [line.strip() for line in out.partition("\n\n")[0].splitlines()[2:]]


def test_the_words_of_the_update_decide_on_lines_without_any_sign(tmp_path: Path) -> None:
    lines = explained(tmp_path, f"Friday.\n\n{UPDATE}\n\n-- \nAnn\n")
    assert lines[0] == "+ kept       | Friday."
    assert "cut as quote, 97% sure: words 1 to 58 of the 58 words of the update that was sent to the author" in lines


def test_an_answer_inside_a_quote_is_shown_as_kept(tmp_path: Path) -> None:
    quote = "\n".join(f"> {line}" for line in UPDATE.replace("at 9?", "at 9?\nMonday!").split("\n"))
    lines = explained(tmp_path, f"On 3 May 2024, Bert <updates@in.example> wrote:\n> {REPLY_MARKER}\n{quote}\n")
    assert "+ kept quote | > Monday!" in lines
    assert [line for line in lines if line.startswith("+")] == ["+ kept quote | > Monday!"]


def test_a_line_that_is_kept_in_part_is_shown_in_two(tmp_path: Path) -> None:
    lines = explained(tmp_path, "Yes. On 3 May 2024 at 10:12, Bert <updates@in.example> wrote:\n> Shall we?\n")
    assert "+ kept       | Yes." in lines
    assert any(line.startswith("- quote") and "On 3 May 2024" in line and "Yes" not in line for line in lines)
