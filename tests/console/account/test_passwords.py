"""Hashing and checking of passwords."""

import pytest

from console.account.passwords import hash_password, refusal, verify


def test_a_hash_opens_to_its_own_password_only() -> None:
    stored = hash_password("über geheim")
    assert stored.startswith("$argon2id$")
    assert verify(stored, "über geheim")
    assert not verify(stored, "uber geheim")


def test_a_password_is_the_same_however_its_accents_are_encoded() -> None:
    assert verify(hash_password("u\u0308ber"), "\u00fcber")


def test_no_password_opens_an_empty_or_a_broken_hash() -> None:
    assert not verify("", "")
    assert not verify("", "nobody has this password")
    assert not verify("plain text", "plain text")


@pytest.mark.parametrize(
    "easy",
    [
        *(
            "a" * 16,
            "aaaaaaaaaaaaaaab",
            "1234567890123456",
            "qwertyuiopasdfgh",
            "abcdefghijklmnop",
            "abcabcabcabcabcabc",
        ),
        *("password password", "passwordpassword1", "Winter2026 Winter2026", "aX9!" * 10, "x" * 900),
        *("casemail casemail", "harbour law law law", "Rosa Meyer Rosa Meyer", "harbour-law2026!"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_in_words(easy: str) -> None:
    assert "easy to guess" in str(refusal(easy, "rm@post.example", "Rosa Meyer", "harbour-law", "Harbour Law"))


@pytest.mark.parametrize(
    "good",
    [
        "correct horse battery staple",
        "watch the mail go by",
        "several words of mine",
        "Tr0ub4dour&3xyzq",
        "früh am See liegt Nebel",
    ],
)
def test_several_words_make_a_password(good: str) -> None:
    assert refusal(good, "rosa@post.example", "Rosa Meyer", "harbour-law", "Harbour Law") is None


def test_a_password_has_fifteen_characters_and_not_the_name_of_the_address_in_it() -> None:
    assert "at least 15 characters" in str(refusal("short", "rosa@post.example"))
    assert "name of the email address" in str(refusal("rosa watches the mail", "Rosa@post.example"))
