"""Clear-signed PGP texts: the armour goes, the words stay."""

import pytest

from schemas.records import AutomaticMail
from tests.builders.small_mails import mail, part, read, text, whole, words

SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\nabc+/9=\n=njUN\n-----END PGP SIGNATURE-----"
ARMOUR = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{}\n" + SIGNATURE

FIELDS = "Version: GnuPG v2\nComment: https://x.example"
SIGNED = (
    ("a short answer", ARMOUR.format("Yes."), "Yes."),
    ("two paragraphs", ARMOUR.format("Yes.\n\nThanks."), "Yes.\n\nThanks."),
    ("several hashes", ARMOUR.format("Yes.").replace("SHA512", "SHA256,SHA512"), "Yes."),
    ("no hash", ARMOUR.format("Yes.").replace("Hash: SHA512\n", ""), "Yes."),
    ("two fields", ARMOUR.format("Yes.").replace("SHA512\n", "SHA1\nCharset: utf-8\n"), "Yes."),
    (
        "a version and a comment",
        ARMOUR.format("Yes.").replace("URE-----\n\ni", f"URE-----\n{FIELDS}\n\ni"),
        "Yes.",
    ),
    ("an escaped dash", ARMOUR.format("- - one\n- - two"), "- one\n- two"),
    ("an escaped signature", ARMOUR.format("Yes.\n\n- -- \nAnna"), "Yes."),
    ("a quote below", ARMOUR.format("Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n> Please confirm."), "Yes."),
    ("words above", "Hello,\n\n" + ARMOUR.format("Yes."), "Hello,\n\nYes."),
    ("a list's words below", ARMOUR.format("Yes.") + "\n\nOne more thing.", "Yes.\n\n\nOne more thing."),
    ("blanks behind the lines", ARMOUR.format("Yes.").replace("-----\n", "----- \n"), "Yes."),
    ("a key for a hash word", ARMOUR.format("Note: bring the key."), "Note: bring the key."),
)


@pytest.mark.parametrize(("name", "body", "own"), SIGNED, ids=[row[0] for row in SIGNED])
def test_the_armour_is_taken_away_and_said(name: str, body: str, own: str) -> None:
    for raw in (mail(body=body), whole("mixed", text(body), part("Content-Type: application/pdf", body="x"))):
        result = read(raw)
        assert (words(result).replace("\n\n\n", "\n\n"), result.machine) == (own.replace("\n\n\n", "\n\n"), None)
        assert any("PGP" in defect and "not verified" in defect for defect in result.defects)


def test_the_armour_is_taken_away_in_html() -> None:
    body = "<br>".join(ARMOUR.format("Yes.<br>- -- no rule").split("\n"))
    assert words(read(mail("Content-Type: text/html", body=f"<p>{body}</p>"))).startswith("Yes.")


KEPT = (
    ("its signature missing", ARMOUR.format("Yes.").partition("-----BEGIN PGP SIG")[0]),
    ("its end missing", ARMOUR.format("Yes.").removesuffix("-----END PGP SIGNATURE-----")),
    ("words in its signature", ARMOUR.format("Yes.").replace("iQEz", "What is this, please? iQEz")),
    ("a sentence about it", "What is -----BEGIN PGP SIGNED MESSAGE----- in your mail?"),
    ("a signature alone", "Yes.\n" + SIGNATURE),
)


@pytest.mark.parametrize(("name", "body"), KEPT, ids=[row[0] for row in KEPT])
def test_what_is_no_whole_armour_stays(name: str, body: str) -> None:
    result = read(mail(body=body))
    assert result.body is not None
    kept = result.body.text + "".join(cut.text for cut in result.body.cut)
    assert "".join(kept.split()) == "".join(body.split())


def test_an_encrypted_message_is_held_and_says_so() -> None:
    body = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----"
    assert read(mail(body=body)).machine is AutomaticMail.ENCRYPTED
    assert read(mail(body=ARMOUR.format(body.replace("-----", "- -----", 1)))).machine is AutomaticMail.ENCRYPTED
