"""Reads the notes of the worker processes: each run of the last stage, by message and process."""

from collections import Counter
from pathlib import Path


class Runs:
    """The runs noted in `folder`; each look reads only what is new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self.by_number: Counter[int] = Counter()
        self.by_process: Counter[int] = Counter()

    @property
    def extra(self) -> int:
        """The number of runs beyond the first of each message."""
        return self.by_number.total() - len(self.by_number)

    def look(self) -> int:
        """Reads the new notes; returns how many runs there are in all."""
        for file in self._folder.glob("runs-*"):
            with file.open("rb") as opened:
                opened.seek(self._read.get(file, 0))
                new = opened.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._read[file] = self._read.get(file, 0) + len(whole)
            for line in whole.decode().splitlines():
                number, process = line.split()
                self.by_number[int(number)] += 1
                self.by_process[int(process)] += 1
        return self.by_number.total()
