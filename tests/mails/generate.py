"""The corpus of whole mails: each program in each language in which its wording is known, and regional programs.

`python -m tests.mails.generate DIR` writes the mails as .eml, each with the expected own words as .txt.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.mails.answer import Answer
from tests.mails.languages import languages
from tests.mails.regional_programs import OTHERS
from tests.mails.worldwide_programs import CLIENTS


def corpus() -> list[Answer]:
    """Returns all answers, always in the same order."""
    return [*_everywhere(), *OTHERS]


def _everywhere() -> Iterator[Answer]:
    for language in languages():
        for client in CLIENTS:
            answer = client(language)
            if answer:
                yield answer


def main(directory: Path) -> None:
    """Writes the corpus."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, answer in enumerate(corpus()):
        path = directory / f"{number:03} {answer.name}.eml"
        path.write_bytes(answer.message())
        path.with_suffix(".txt").write_text(answer.own + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
