"""Fixtures of the tests that kill servers."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def embedded() -> Iterator[None]:
    """Uses embedded servers, whatever the environment names, because the tests kill them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CASEMAIL_KAFKA_SERVERS", "CASEMAIL_DATABASE_URL"):
            patch.delenv(name, raising=False)
        # a Kafka that lives for seconds is started more cheaply without the second compiler of Java
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
        yield
