"""Takes pictures of the console's pages with the data of the demo: `python -m tests.console.pictures FOLDER`.

Each page is taken for a laptop by day and for a phone at night. `--stay` keeps the demo running afterwards and prints
its URL; with `--url` a demo that runs already is used. `--only WORDS` takes the pages whose name contains the words.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Page

from ops.demo.demo import Demo
from ops.demo.world import LAW, PASSWORD, PEOPLE
from tests.console.chromium import LAPTOP, PHONE, opened

#: The sizes and colours that are taken.
DEVICES = {"laptop": ((1440, 900), "light"), "laptop-night": (LAPTOP, "dark"), "phone": (PHONE, "dark")}
#: Pages by name: who looks, and the path. A path that begins with "a:" is the first link on the page before that
#: contains the rest.
PAGES: tuple[tuple[str, str, str], ...] = (
    ("login", "", "/login"),
    ("forgot", "", "/forgot"),
    ("inbox", "ines", "/inbound?state=held"),
    ("email-held", "ines", "a:/inbound/"),
    ("new-matters", "ines", "/inbound?state=held&reason=not_related"),
    ("all-email", "ines", "/inbound"),
    ("all-email-posted", "ines", "/inbound?state=posted"),
    ("email-posted", "ines", "a:/inbound/"),
    ("inbox-nothing-found", "ines", "/inbound?state=held&q=zzzz"),
    ("cases", "ines", "/cases"),
    ("case", "ines", "a:/cases/"),
    ("cases-nothing-found", "ines", "/cases?q=zzzz"),
    ("case-new", "ines", "/cases/new"),
    ("reports", "ines", "/reports"),
    ("settings-general", "ines", "/settings/general"),
    ("settings-senders", "ines", "/settings/senders"),
    ("settings-people", "ines", "/settings/people"),
    ("settings-access-groups", "ines", "/settings/access-groups"),
    ("settings-templates", "ines", "/settings/templates"),
    ("settings-files", "ines", "/settings/files"),
    ("settings-signatures", "ines", "/settings/signatures"),
    ("settings-api-tokens", "ines", "/settings/api-tokens"),
    ("settings-unposted", "ines", "/settings/inbound"),
    ("settings-sources", "ines", "/settings/sources"),
    ("settings-source-new", "ines", "/settings/sources/new"),
    ("settings-erasure", "ines", "/settings/erasure"),
    ("profile", "ines", "a:/people/"),
    ("not-found", "ines", "/cases/00000000-0000-0000-0000-000000000000"),
    ("manager-cases", "tom", "/cases"),
    ("manager-case", "tom", "a:/cases/"),
    ("client-cases", "rosa", "/cases"),
    ("client-case", "rosa", "a:/cases/"),
)


def take(url: str, folder: Path, only: str = "") -> Iterator[Path]:
    """Takes the pages of the console at `url`, and yields each picture's file."""
    for device, (size, scheme) in DEVICES.items():
        with opened(size, color_scheme=scheme, has_touch=device == "phone", expected="404") as page:
            seen = ""
            for name, who, path in PAGES:
                if who != seen:
                    _log_in(page, url, who)
                    seen = who
                if only not in name and not path.startswith("/"):
                    continue
                _open(page, url, path)
                if only in name:
                    file = folder / f"{name}.{device}.png"
                    page.screenshot(path=file, full_page=True)
                    yield file


def _open(page: Page, url: str, path: str) -> None:
    """Opens a page of `PAGES`, and waits until what it loads afterwards is there."""
    if path.startswith("a:"):
        path = page.locator(f"a[href*='{path[2:]}']:not([href$='/new'])").first.get_attribute("href") or ""
    page.goto(url + path)
    page.wait_for_load_state("networkidle")


def _log_in(page: Page, url: str, who: str) -> None:
    """Logs a person of the demo's law firm in; nobody if `who` is empty."""
    page.context.clear_cookies()
    if not who:
        return
    page.goto(f"{url}/login")
    page.locator("[name=slug]").fill(LAW)
    page.locator("[name=email]").fill(PEOPLE[who].email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/cases")


def main(
    folder: Path,
    *,
    url: str = "",
    stay: bool = False,
    only: Annotated[str, typer.Option(help="Only pages whose name contains this.")] = "",
) -> None:
    """Write a picture of each page into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if not url:
            demo = stack.enter_context(Demo(Path(stack.enter_context(tempfile.TemporaryDirectory())), print))
            demo.seed()
            demo.deliver()
            demo.wait(120)
            url = demo.settings.console.url
        print(f"The console is at {url}")
        for file in take(url, folder, only):
            print(file)
        if stay:
            input("Press Enter to stop the demo. ")


if __name__ == "__main__":
    typer.run(main)
