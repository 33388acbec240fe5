"""Noark's own names stand in `noark5/names.py` and nowhere else (design §7)."""

import ast
from pathlib import Path

from citizen_portal.archive.noark5 import names

PACKAGE = Path(names.__file__).parents[2]
ALSO_ENGLISH = {"format"}


def _noark_names() -> set[str]:
    values = (value for name, value in vars(names).items() if name.isupper() and not name.endswith("_NS"))
    flat: set[str] = set()
    for value in values:
        if isinstance(value, str):
            flat.add(value)
        elif isinstance(value, frozenset | tuple):
            flat |= {item for item in value if isinstance(item, str)}
        elif isinstance(value, dict):
            flat |= {item for item in value.values() if isinstance(item, str)}
    return {value for value in flat if len(value) > 4} - ALSO_ENGLISH


def test_noarks_names_occur_in_one_module_only() -> None:
    known = _noark_names()
    assert len(known) > 150
    strays = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.value!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != Path(names.__file__) and "demo" not in path.parts  # the demo writes Norwegian titles
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known
    ]
    assert strays == []
