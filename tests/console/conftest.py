"""Fixtures: the console as a real server, and people who use it."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cases.outgoing.fingerprint import read_mark
from ops.demo.sink import Sink
from ops.embedded import Postgres
from schemas.own_mail import OWN_MAIL_FIELD
from storage.resources import open_resources
from tests.builders.world import World, make_settings, make_world
from tests.console.browser import Browser, Console, give_passwords
from tests.console.chromium import LAPTOP, PHONE, opened
from tests.console.outbox import send_waiting
from tests.console.server import serve


@pytest.fixture(scope="session")
def console(migrated: Postgres, tmp_path_factory: pytest.TempPathFactory, ca_file: Path) -> Iterator[Console]:
    """Runs a console for all tests."""
    settings = make_settings(migrated.url, tmp_path_factory.mktemp("console"))
    settings = settings.replace(mail_size_limit=1_000_000, source_private=True, source_ca_file=ca_file)
    with serve(settings) as running:
        yield running


@pytest.fixture
def desk(console: Console, world: World) -> World:
    """Returns a tenant whose people can log in."""
    give_passwords(world)
    return world


@pytest.fixture
def other_desk(console: Console, migrated: Postgres) -> World:
    """Returns another tenant whose people can log in."""
    world = make_world(migrated.owner_url)
    give_passwords(world)
    return world


@pytest.fixture
def stranger(console: Console) -> Iterator[Browser]:
    """Yields the browser of a person who is not logged in."""
    browser = Browser(console.url)
    yield browser
    browser.http.close()


@pytest.fixture
def browse(console: Console, desk: World) -> Iterator[Callable[..., Browser]]:
    """Yields a function that logs in a person of the tenant `desk` or of another world; it returns the browser."""
    browsers: list[Browser] = []

    def log_in(name: str, world: World = desk) -> Browser:
        browser = Browser(console.url)
        browsers.append(browser)
        assert browser.log_in(world, world.email(name)).url.path == "/cases"
        return browser

    yield log_in
    for browser in browsers:
        browser.http.close()


@pytest.fixture
def phone() -> Iterator[Page]:
    """Yields a page of a phone's browser."""
    with opened(PHONE, has_touch=True, is_mobile=True) as page:
        yield page


@pytest.fixture
def laptop() -> Iterator[Page]:
    """Yields a page of a laptop's browser in the time zone of Berlin."""
    with opened(LAPTOP, timezone_id="Europe/Berlin", locale="en-GB") as page:
        yield page


@pytest.fixture
def letters_of(console: Console) -> Iterator[Callable[[World], list[EmailMessage]]]:
    """Yields a function that sends a tenant's waiting mails to a real SMTP server; it returns all mails so far."""
    with Sink() as sink:
        settings = console.settings.replace(smtp_host=sink.host, smtp_port=sink.port)
        resources = open_resources(settings)

        def deliver(world: World) -> list[EmailMessage]:
            send_waiting(resources, world)
            found = [message_from_bytes(mail.data, policy=default) for mail in sink.mails]
            assert {mail.sender for mail in sink.mails} <= {""}, "what bounces would show the link in the inbound log"
            for mail in found:
                assert mail["Auto-Submitted"] == "auto-generated"
                assert read_mark(settings.secrets.address_keys, mail[OWN_MAIL_FIELD]) is not None
            return found

        yield deliver
        resources.database.close()
