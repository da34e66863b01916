"""Sphinx's configuration of the documentation site, and the order of its pages. `make docs` builds it."""

from pathlib import PurePosixPath
from typing import Any

project = "casemail"
html_title = "casemail"
extensions = ["myst_parser"]
myst_heading_anchors = 3  # links to headings, as where the code is shown
highlight_language = "text"
html_theme = "furo"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

#: The pages below each index page, in the order of the navigation. Sphinx warns of a page that is missing here.
NAVIGATION = {
    "index": (
        "architecture",
        "administer/index",
        "connect/index",
        "operate/index",
        "develop/index",
        "decisions/index",
        "glossary",
    ),
    "administer/index": (
        "cases",
        "inbox",
        "reports",
        "reasons",
        "general",
        "senders",
        "files",
        "sources",
        "people",
        "templates",
        "erasure",
    ),
    "operate/index": (
        "install",
        "deploy",
        "sizing",
        "settings",
        "tenants",
        "ways-in",
        "files",
        "watching",
        "metrics",
        "logs",
        "deadlines",
        "runbook",
        "backup",
        "archive",
        "upgrade",
    ),
    "connect/index": ("recipes", "routes"),
    "develop/index": ("first-hour", "rooms", "how-to-add", "invariants", "tests", "style"),
    "decisions/index": (
        "0001-kafka-and-a-ledger",
        "0002-our-own-broker",
        "0003-sql-not-an-orm",
        "0004-a-rejection-is-a-value",
        "0005-delays-are-topics",
        "0006-a-process-for-hostile-bytes",
        "0007-old-rows-leave-one-by-one",
    ),
}


def add_navigation(_app: object, page: str, source: list[str]) -> None:
    """Appends a hidden table of contents to an index page, so that the Markdown itself needs no directive."""
    if page in NAVIGATION:
        folder = PurePosixPath(page).parent
        pages = "\n".join(f"/{folder / name}" for name in NAVIGATION[page])
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def setup(app: Any) -> None:
    """Connects `add_navigation`; Sphinx calls this."""
    app.connect("source-read", add_navigation)
