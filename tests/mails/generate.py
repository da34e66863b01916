"""The corpus: every client in every language whose wording of it is known, and the clients of one country or style.

`python -m tests.mails.generate DIR` writes the mails to look at, and what must be left of each as .txt beside it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.mails.clients import CLIENTS
from tests.mails.mail import Answer
from tests.mails.others import OTHERS
from tests.mails.translations import tongues


def corpus() -> list[Answer]:
    """All answers, always the same in the same order."""
    return [*_everywhere(), *OTHERS]


def _everywhere() -> Iterator[Answer]:
    for tongue in tongues():
        for client in CLIENTS:
            answer = client(tongue)
            if answer:
                yield answer


def main(directory: Path) -> None:
    """Write the corpus."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, answer in enumerate(corpus()):
        path = directory / f"{number:03} {answer.name}.eml"
        path.write_bytes(answer.message())
        path.with_suffix(".txt").write_text(answer.own + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
