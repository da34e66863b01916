"""A person chooses light or dark, and the choice stays on all pages of that browser."""

from playwright.sync_api import Page, expect

from tests.builders.world import World
from tests.console.browser import Console
from tests.console.chromium import log_in


def test_a_theme_is_chosen_in_the_menu_and_stays(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "client")
    shown = laptop.locator("html")
    expect(shown).to_have_attribute("data-bs-theme", "light")
    laptop.locator(".me").click()
    laptop.get_by_role("button", name="Dark").click()
    expect(shown).to_have_attribute("data-bs-theme", "dark")
    laptop.goto(f"{console.url}/cases")
    expect(shown).to_have_attribute("data-bs-theme", "dark")
    laptop.locator(".me").click()
    laptop.get_by_role("button", name="Same as system").click()
    expect(shown).to_have_attribute("data-bs-theme", "light")
