"""The languages of the corpus, read from `languages.toml`, which says what each field is."""

import tomllib
from pathlib import Path
from typing import NamedTuple

ADDRESS = "desk@in.example"


class Tongue(NamedTuple):
    """What the person writes, and what mail programs add, in one language. What is not known is empty."""

    code: str
    charset: str
    name: str
    words: list[str]
    question: str
    gmail: str
    block: list[str]
    iphone: str
    apple: str = ""
    thunderbird: str = ""
    original: str = ""
    samsung: str = ""

    @property
    def own(self) -> str:
        """The person's own words."""
        return "\n\n".join(self.words)

    def says(self, template: str) -> str:
        """An attribution with the name and the address in it."""
        return template.format(who=f"{self.name} <{ADDRESS}>", name=self.name)


def tongues() -> list[Tongue]:
    """All of them."""
    tables = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
    return [Tongue(code=code, **table) for code, table in tables.items()]
