"""SQL has a home: statements of the system role in storage, rules on a tenant's data in cases, none in workers."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: What makes a statement of SQLAlchemy.
MAKERS = {"text", "insert", "update", "delete", "select"}


def makes_sql(source: str) -> bool:
    """Returns whether a module imports what makes a statement of SQLAlchemy."""
    return any(
        name.name in MAKERS
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for name in node.names
    )


def test_no_module_of_the_workers_holds_sql() -> None:
    found = [
        str(path.relative_to(ROOT)) for path in (ROOT / "workers").rglob("*.py") if makes_sql(path.read_text("utf-8"))
    ]
    assert not found, "move the statement to storage (system role) or cases (a tenant's data)"
