"""The Dovecot of the tests says why it does not start."""

import pytest
import trustme

from tests.servers.dovecot import Dovecot


def test_a_dovecot_that_does_not_start_shows_its_own_words(ca: trustme.CA) -> None:
    broken = Dovecot(ca, capability="IMAP4rev1\nno_such_setting = yes")
    with pytest.raises(AssertionError, match=r"did not start: .*no_such_setting"):
        broken.__enter__()
    broken.__exit__(None, None, None)
