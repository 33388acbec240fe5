"""The code keeps the shape that the design gives it (design §4 rule 13 and rule 3)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "citizen_portal"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
FORBIDDEN_NAMES = {"utils", "helpers", "common", "managers"}


def _id(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_modules_and_functions_stay_small(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{lines} lines"
    for function in _functions(path):
        limit = 20 if path.name.endswith("views.py") and function.decorator_list else 40
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= limit, f"{function.name}: {length} lines > {limit}"


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_only_db_commits(path: Path) -> None:
    commits = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert commits == [] or path.name == "db.py"


def test_no_dumping_grounds() -> None:
    assert [str(p) for p in PACKAGE.rglob("*") if p.stem in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_public_things_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert path.name == "__init__.py" or ast.get_docstring(tree), "no module docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
