"""A game day: `python -m tests.chaos.gameday --minutes 20 --report gameday-report.md`.

Exit code 1 if a mail was lost or doubled, or an alert did not fire that should have.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.gameday.day import play
from tests.chaos.gameday.report import report


def main() -> int:
    """Plays a game day and returns the exit code; the folder with all logs stays if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.gameday")
    parser.add_argument("--minutes", type=int, default=20, help="a fault happens in each")
    parser.add_argument("--report", type=Path, default=Path("gameday-report.md"))
    asked = parser.parse_args()
    for name in ("CASEMAIL_KAFKA_SERVERS", "CASEMAIL_DATABASE_URL"):  # it kills its servers: never those of others
        os.environ.pop(name, None)
    folder = Path(tempfile.mkdtemp(prefix="casemail-gameday-"))
    folder.chmod(0o711)  # PostgreSQL and Dovecot give up root
    day = play(folder, slots=asked.minutes, say=lambda words: print(words, flush=True))
    asked.report.write_text(report(day))
    print(asked.report.read_text())
    if day.well:
        shutil.rmtree(folder)
        return 0
    print(f"the logs are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
