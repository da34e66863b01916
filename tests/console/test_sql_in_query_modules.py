"""The console's pages contain no SQL: it is in the query modules beside them, and in cases."""

import ast
from pathlib import Path

import console

ROOT = Path(console.__file__).parent


def test_a_module_with_routes_has_no_statement() -> None:
    pages = {path: ast.parse(path.read_text()) for path in ROOT.rglob("*.py")}
    with_routes = {path: tree for path, tree in pages.items() if _calls(tree, "APIRouter")}
    assert len(with_routes) > 20
    assert [str(path.relative_to(ROOT)) for path, tree in with_routes.items() if _calls(tree, "text")] == []


def _calls(tree: ast.AST, name: str) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == name for function in calls)
