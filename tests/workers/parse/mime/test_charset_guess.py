# ruff: noqa: RUF001  # the data is in many alphabets
"""The charset of short sentences that do not name it is guessed right."""

from unicodedata import normalize

from tests.mails.short_sentences import SENTENCES, octets
from workers.parse.mime.charset_guess import guess, oddity
from workers.parse.mime.charsets import decode

ROWS = [(language, codec, text) for language, codecs, texts in SENTENCES for codec in codecs for text in texts]
#: What mail programs hardly ever wrote; a few of these are taken for others.
SELDOM = ("mac_roman", "mac_cyrillic", "cp850", "cp852", "cp737", "cp866")


def test_every_usual_charset_of_36_languages_is_guessed() -> None:
    rows = [row for row in ROWS if row[1] not in SELDOM]
    read = [(row, decode(octets(row[2], row[1]), "x-unknown")[0]) for row in rows]
    wrong = [(row, text) for row, text in read if normalize("NFC", text) != normalize("NFC", row[2])]
    assert len({language for language, _, _ in rows}) > 30
    assert len(wrong) <= 2, wrong


def test_most_charsets_of_dos_and_mac_are_guessed() -> None:
    rows = [row for row in ROWS if row[1] in SELDOM]
    wrong = [row for row in rows if decode(octets(row[2], row[1]), "")[0] != row[2]]
    assert len(wrong) * 5 <= len(rows), wrong


def test_the_charset_that_the_mail_names_elsewhere_decides_in_doubt() -> None:
    text = "Łódź"
    assert guess(text.encode("iso8859_2"), "iso8859_2") == "iso8859_2"
    assert decode("Мост".encode("koi8_r"), "x-unknown", "koi8-r")[0] == "Мост"


def test_letters_in_the_middle_of_words_of_another_script_are_odd() -> None:
    assert oddity("für Größe, “Café” – é") == 0
    assert oddity("fьr") == oddity("fÃr") == oddity("f│r") == 1
    assert oddity("plain") == 0
