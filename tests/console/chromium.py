"""A person at the console in a real browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from tests.builders.world import World
from tests.console.browser import PASSWORD, Console

#: Width and height of a small phone and of a laptop's window, in CSS pixels.
PHONE, LAPTOP = (360, 740), (1280, 800)
#: How long a page may take on a busy machine, in milliseconds.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@contextmanager
def opened(size: tuple[int, int], *, expected: str = "", **options: Any) -> Iterator[Page]:
    """Yields a page in Debian's Chromium (ops/packages.sh); then asserts that the console's headers blocked nothing and
    that no script failed. Answers with the status `expected` are no fault, either."""
    found = shutil.which("chromium")
    assert found, "the tests need chromium: sh ops/packages.sh"
    refused: list[str] = []
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        page = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: refused.append(message.text) if _is_fault(message, expected) else None)
        page.on("pageerror", lambda error: refused.append(str(error)))
        yield page
        browser.close()
    assert refused == []


def _is_fault(message: ConsoleMessage, expected: str) -> bool:
    """Returns whether it is an error other than a refusal, which a person causes by a wrong or forbidden input."""
    refusals = ("401", "403", "409", "422", expected or "422")
    return message.type == "error" and not any(f"status of {code} " in message.text for code in refusals)


def log_in(page: Page, console: Console, world: World, name: str) -> None:
    page.goto(f"{console.url}/login")
    page.locator("[name=slug]").fill(world.slug)
    page.locator("[name=email]").fill(world.email(name))
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/cases")


def fits(page: Page) -> bool:
    """Returns whether the page needs no horizontal scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
