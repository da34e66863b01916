"""Starts a `casemail` command before its servers are ready: `python -m ops.early FILE COMMAND...`.

It imports what the command needs, and runs the command when the gate at `FILE` is open.
"""

import sys
from pathlib import Path

from ops import gate
from ops.cli.main import Commands
from ops.cli.main import main as casemail


def main(file: str, *command: str) -> None:
    """Runs `casemail` with the arguments `command` when the gate at `file` is open."""
    Commands.load(command[0])
    gate.wait(Path(file))
    sys.argv = ["casemail", *command]
    casemail()


if __name__ == "__main__":
    main(*sys.argv[1:])
