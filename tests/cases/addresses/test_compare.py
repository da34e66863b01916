"""Which spellings of an email address count as the same address."""

import pytest

from cases.addresses.compare import email_key, without_sub_address


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("Ann@Example.ORG", "ann@example.org"),
        (" ann@example.org ", "ann@example.org"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_equal_addresses_have_equal_keys(spelling: str, other: str) -> None:
    assert email_key(spelling) == email_key(other) != ""


@pytest.mark.parametrize(
    "other",
    [
        "a.nn@example.org",
        "ann+cases@example.org",
        "ann@example.org.evil.example",
        "\u0430nn@example.org",  # Cyrillic a
        "ann@\uff45xample.org",  # full-width e
        "\u212ann@example.org",  # Kelvin sign
        "\u0131@example.org",
        "",
        "ann",
        "@example.org",
    ],
)
def test_similar_addresses_have_different_keys(other: str) -> None:
    assert email_key(other) != email_key("ann@example.org")
    assert email_key(other) != email_key("knn@example.org")


@pytest.mark.parametrize(
    "domain", ["\u212aey.example", "b\u00fc\u212a.example", "\uff4bey.example", "k\u0435y.example"]
)
def test_a_domain_that_looks_like_another_has_another_key(domain: str) -> None:
    assert email_key(f"ann@{domain}") not in {"ann@key.example", email_key("ann@b\u00fck.example")}


def test_a_domain_with_a_letter_that_is_ascii_only_in_lower_case_has_no_key() -> None:
    assert email_key("ann@\u212aey.example") == email_key("ann@b\u00fc\u212a.example") == ""


@pytest.mark.parametrize(
    ("key", "bare"),
    [
        ("ann+home@x.example", "ann@x.example"),
        ("ann+a+b@x.example", "ann@x.example"),
        ("ann@x.example", ""),
        ("+ann@x.example", ""),
        ('"ann+home"@x.example', ""),
        ("ann@x+y.example", ""),
        ("", ""),
    ],
)
def test_a_sub_address_is_the_part_after_the_plus_of_the_local_part(key: str, bare: str) -> None:
    assert without_sub_address(key) == bare
