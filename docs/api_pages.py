"""The pages about the HTTP API that are made from the code: a table of its routes, and its description."""

import json

from api.app import ROOT, description

_HEAD = f"""# Routes

<!-- Made by `make docs` from api/ and docs/api_pages.py. Do not edit it by hand. -->

All paths begin with `{ROOT}`. [What all routes have in common](index.md#what-all-routes-have-in-common) is on another
page; [openapi.json](openapi.json) has every field.

| route | scope | what it does |
|---|---|---|
"""


def routes() -> str:
    """Returns the page of all routes."""
    rows = [
        f"| `{method.upper()} {path.removeprefix(ROOT)}` | `{_scope(operation)}` | {_first_line(operation)} |"
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def openapi() -> str:
    """Returns the description of the API as JSON."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def _scope(operation: dict[str, list[dict[str, list[str]]]]) -> str:
    ((scope,),) = (needed["token"] for needed in operation["security"])
    return scope


def _first_line(operation: dict[str, str]) -> str:
    return " ".join(operation["description"].split())
