"""The licence of each locked package, as an SPDX expression, and whether casemail may use it."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from license_expression import get_spdx_licensing

_TABLE = Path(__file__).with_name("licences.toml")

#: Licences of packages that an installation of casemail contains: permissive ones, and those that bind changes of the
#: package alone (LGPL, MPL), since casemail uses the packages as they are.
ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU"),
        *("PSF-2.0", "Unlicense", "Zlib"),
        *("LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"),
    }
)
#: Licences that only the demo and the developers' tools may have, too: nothing of them is passed on.
ALLOWED_FOR_TOOLS = ALLOWED | {"GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-scancode-public-domain"}


def licence(name: str) -> str:
    """Returns the licence of an installed package: from our table, or as the package says by an SPDX expression.

    Raises KeyError for a package that neither says nor is in the table.
    """
    if found := _table().get(name):
        return found
    try:
        said = metadata(name).get_all("License-Expression")
    except PackageNotFoundError:
        said = None
    if not said:
        raise KeyError(f"the licence of {name} is not known: read it, and add it to {_TABLE.name}")
    return str(said[0])


def permitted(expression: str, allowed: frozenset[str] = ALLOWED) -> bool:
    """Returns whether `allowed` licences satisfy an SPDX expression: all of an AND, one of an OR."""
    return _satisfied(_spdx().parse(expression, validate=True), allowed)


def _satisfied(node: Any, allowed: frozenset[str]) -> bool:
    if not node.args:
        return str(node) in allowed
    outcomes = [_satisfied(part, allowed) for part in node.args]
    return any(outcomes) if isinstance(node, _spdx().OR) else all(outcomes)


@cache
def _spdx() -> Any:
    return get_spdx_licensing()


@cache
def _table() -> dict[str, str]:
    return tomllib.loads(_TABLE.read_text())
