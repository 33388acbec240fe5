"""The access table: every endpoint, what it demands, and who holds that. `make access` puts it into the docs."""

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


def table(app: Flask) -> str:
    """The whole table as Markdown."""
    return "\n".join((*HEADER, *rows(app)))


def write(app: Flask) -> None:
    """Put the table into docs/security.md, in place of the one that stands there."""
    kept = [line for line in SECURITY.read_text(encoding="utf-8").splitlines() if not line.startswith("|")]
    SECURITY.write_text("\n".join([*kept, table(app), ""]), encoding="utf-8")
