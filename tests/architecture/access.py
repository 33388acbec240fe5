"""The access table: every endpoint, what it demands, and who holds that. `make access` puts it into the docs."""

from collections.abc import Iterable
from pathlib import Path

from flask import Flask

from citizen_portal.auth.guards import permission_of
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import NEEDS_HIGH_ASSURANCE, ROLE_PERMISSIONS, SCOPE_PERMISSIONS

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
HEADER = ("| Endpoint | Methods and path | Permission | Who |", "|---|---|---|---|")


def holders(permission: Permission | None) -> str:
    """Who holds the permission, in words."""
    if permission is None:
        return "everybody"
    if permission.audience == "citizen":
        return "citizen, level high" if permission in NEEDS_HIGH_ASSURANCE else "citizen"
    if permission.audience == "machine":
        return ", ".join(f"scope `{scope}`" for scope, held in SCOPE_PERMISSIONS.items() if permission in held)
    return ", ".join(sorted(role.value for role, held in ROLE_PERMISSIONS.items() if permission in held))


def rows(app: Flask) -> list[str]:
    """One line of the table for each rule of the url map, by path."""
    lines = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        permission = permission_of(app, rule.endpoint)
        demanded = f"`{permission.value}`" if permission else "none"
        lines.append(f"| `{rule.endpoint}` | {methods} `{rule.rule}` | {demanded} | {holders(permission)} |")
    return lines


def table_in_docs(name: str) -> list[str]:
    """The lines of the table that stands in docs/security.md under the name."""
    _, inside, _ = _parts(name)
    return inside.strip().splitlines()


def put_table(name: str, lines: Iterable[str]) -> None:
    """Put a table into docs/security.md, in place of the one that stands there under the name."""
    before, _, after = _parts(name)
    SECURITY.write_text(f"{before}\n" + "\n".join(lines) + f"\n{after}", encoding="utf-8")


def _parts(name: str) -> tuple[str, str, str]:
    """The document until the table, the table, and the rest. Marks that only the source shows stand around it."""
    start, end = f"<!-- {name}: made by `make access` -->", f"<!-- end of {name} -->"
    before, found, rest = SECURITY.read_text(encoding="utf-8").partition(start)
    inside, ended, after = rest.partition(end)
    assert found, f"docs/security.md has no place for the {name}"
    assert ended, f"docs/security.md has no end of the {name}"
    return before + start, inside, end + after
