"""The languages of the corpus, from `languages.toml`, whose head explains the fields."""

import tomllib
from pathlib import Path
from typing import NamedTuple

ADDRESS = "desk@in.example"


class Language(NamedTuple):
    """The person's words and the wordings of mail programs in a language; "" for an unknown wording."""

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
        """The person's own words, as one text."""
        return "\n\n".join(self.words)

    def says(self, template: str) -> str:
        """Returns an attribution with the name and the address filled in."""
        return template.format(who=f"{self.name} <{ADDRESS}>", name=self.name)


def languages() -> list[Language]:
    """Returns all languages."""
    tables = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
    return [Language(code=code, **table) for code, table in tables.items()]
