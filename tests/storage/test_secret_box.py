"""Secrets at rest."""

from uuid import uuid4

import pytest

from storage.secret_box import SealError, SecretBox, new_key

OLD, NEW = new_key(), new_key()
MAILBOX, OTHER = uuid4(), uuid4()


def test_what_was_sealed_opens_again_and_can_not_be_read_before() -> None:
    sealed = SecretBox([OLD]).seal(MAILBOX, "pässword")
    assert "pässword".encode() not in sealed
    assert SecretBox([OLD]).open(MAILBOX, sealed) == "pässword"


def test_old_keys_still_open_and_a_secret_is_sealed_again_with_the_first() -> None:
    sealed = SecretBox([OLD]).seal(MAILBOX, "secret")
    both = SecretBox([NEW, OLD])
    assert both.open(MAILBOX, sealed) == "secret"
    assert SecretBox([NEW]).open(MAILBOX, both.renew(sealed)) == "secret"


@pytest.mark.parametrize("keys", [[], [NEW]], ids=["no key", "another key"])
def test_without_its_key_a_secret_stays_shut_and_the_error_says_what_to_do(keys: list[str]) -> None:
    with pytest.raises(SealError, match="CASEMAIL_SECRET_KEYS"):
        SecretBox(keys).open(MAILBOX, SecretBox([OLD]).seal(MAILBOX, "secret"))


def test_a_secret_that_was_copied_into_another_row_opens_nothing() -> None:
    sealed = SecretBox([OLD]).seal(MAILBOX, "secret")
    with pytest.raises(SealError, match="another row"):
        SecretBox([OLD]).open(OTHER, sealed)
