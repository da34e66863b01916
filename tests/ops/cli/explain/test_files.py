"""`casemail explain` shows the decisions on files and pictures of a mail."""

from pathlib import Path

from tests.builders.command import casemail
from tests.mails.entities import Item, entity, multipart, text_part
from tests.mails.file_contents import pdf, png
from tests.mails.unusual_parts import whole


def test_explain_shows_of_each_part_which_rule_decided_and_on_what_evidence(tmp_path: Path) -> None:
    html = "<p>Look: <img src='cid:a@x'> there.</p><blockquote type='cite'><img src='cid:b@x'></blockquote>"
    pictures = [
        entity(Item("words", name, "image/png", png(*size)), "inline", "2231", f"Content-ID: <{name[0]}@x>")
        for name, size in (("a.png", (600, 400)), ("b.png", (200, 90)))
    ]
    body = multipart("related", multipart("alternative", text_part("Look:"), text_part(html, "html")), *pictures)
    files = [entity(Item("file", name, "application/pdf", pdf()), "attachment") for name in ("plan.pdf", "plan.exe")]
    path = tmp_path / "mail.eml"
    path.write_bytes(whole(multipart("mixed", body, *files)))
    out = casemail("explain", path).stdout
    for line in (
        "part 0 (text/plain): a form of the text",
        "bytes): the 2nd file; rule 'in the words': the person's own words show it",
        "bytes): left out, inline; rule 'in the quote': the quoted mail shows it",
        "bytes): the 1st file; rule 'attached': Content-Disposition: attachment, and no text shows it",
        "bytes): left out, type; rule 'type': files of type 'exe' are not supported",
    ):
        assert line in out
