"""The page of deadlines has a row for each place in the code that opens or accepts connections."""

import re
from pathlib import Path

from docs.deadlines_page import ROWS

ROOT = Path(__file__).parents[2]
#: How connections are opened and accepted.
OPENS = re.compile(
    r"create_connection\(|smtplib\.(?:SMTP|LMTP)\w*\(|_made\(\s*Kafka|create_engine\(|build_opener\(|urlopen\(|from_url\("
    r"|dns\.resolver\.Resolver\(|Connection\.connect\(|loop\.create_server\(|WSGIServer\)|uvicorn\.Config\("
    r"|HTTPS?Connection\(|asyncio\.open_connection\("
)
#: Tools, and the servers of the demo: no role uses them.
TOOLS = ("ops/bench/", "ops/demo/", "ops/embedded/", "ops/releases/", "ops/dist/")


def test_each_connection_has_a_row() -> None:
    opening = {
        str(path.relative_to(ROOT))
        for room in ("api", "cases", "console", "ops", "schemas", "storage", "workers")
        for path in (ROOT / room).rglob("*.py")
        if OPENS.search(path.read_text())
    }
    opening = {path for path in opening if not path.startswith(TOOLS)}
    assert len(opening) > 15, "the patterns find the code"
    assert opening - {file for row in ROWS for file in row.files} == set()


def test_each_row_names_files_that_exist() -> None:
    assert all((ROOT / file).is_file() for row in ROWS for file in row.files)
