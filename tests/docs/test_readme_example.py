"""The README's example is the output of `casemail explain` for such a mail."""

from pathlib import Path

from typer.testing import CliRunner

from ops.cli.main import app

README = (Path(__file__).parents[2] / "README.md").read_text()
MAIL = """\
From: Ann Reyes <ann@example.org>
To: Harbour Law <case-7+k3@cases.example.org>
Subject: Re: Update on case 7
Date: Mon, 30 Nov 2026 10:12:00 +0000
Message-ID: <1@example.org>
In-Reply-To: <u7@cases.example.org>
Content-Type: text/plain; charset=utf-8

Yes, Thursday works for me.

Sent from my iPhone

> On 30 Nov 2026, at 09:55, Harbour Law <case-7+k3@cases.example.org> wrote:
> Can we meet on Thursday?
"""


def test_the_example_is_what_casemail_explain_says(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_text(MAIL)
    said = CliRunner().invoke(app, ["explain", str(tmp_path / "mail.eml")]).output
    example = README.split("```\n")[1].splitlines()
    assert len(example) > 5
    assert [line for line in said.splitlines() if line in example] == example
