"""Logs a person in again on a page whose session has ended."""

from playwright.sync_api import Page

from tests.builders.world import World
from tests.console.browser import PASSWORD


def log_in_again(page: Page, world: World, name: str = "staff") -> None:
    page.wait_for_url("**/login**")
    page.locator("[name=slug]").fill(world.slug)
    page.locator("[name=email]").fill(world.email(name))
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
