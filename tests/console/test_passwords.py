"""Password hashes."""

from console.passwords import hash_password, verify


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
