"""Who may use what is written down, and is what holds."""

import os
import re

import pytest
from flask import Flask

from citizen_portal.auth.guards import UnguardedView, refuse_unguarded_views
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import CITIZEN_PERMISSIONS, ROLE_PERMISSIONS, SCOPE_PERMISSIONS
from citizen_portal.tenancy.models import Municipality
from tests.architecture.access import HEADER, put_table, rows, table_in_docs
from tests.reading import StrictClient

MADE_UP = {"int": "1", "uuid": "00000000-0000-7000-8000-000000000000"}
"""What stands for each kind of argument in a path."""


def test_the_access_table_in_the_docs_is_the_url_map(app: Flask) -> None:
    if os.environ.get("PORTAL_WRITE_ACCESS_TABLE") == "1":  # `make access`
        put_table("access table", [*HEADER, *rows(app)])
    assert table_in_docs("access table") == [*HEADER, *rows(app)], "run `make access` and read the difference"


def test_every_permission_is_held_by_somebody_and_by_one_kind_of_actor_only() -> None:
    held_by_staff = frozenset().union(*ROLE_PERMISSIONS.values())
    held_by_machines = frozenset().union(*SCOPE_PERMISSIONS.values())
    for permission in Permission:
        holders = {
            "citizen": permission in CITIZEN_PERMISSIONS,
            "staff": permission in held_by_staff,
            "machine": permission in held_by_machines,
        }
        assert [kind for kind, holds in holders.items() if holds] == [permission.audience]


def test_a_view_without_a_permission_does_not_start(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: "open to all"
    with pytest.raises(UnguardedView, match="forgotten"):
        refuse_unguarded_views(app)


def test_somebody_who_is_not_logged_in_comes_nowhere(app: Flask, ringebu: Municipality) -> None:
    client = app.test_client()
    assert isinstance(client, StrictClient)
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], "portal_permission", None)
        if permission is None:
            continue
        path = re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda found: MADE_UP.get(found[1] or "string", "x"), rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            response = client.open(path, method=method, base_url="http://ringebu.localhost")
            assert response.status_code in (303, 400, 401), f"{method} {path}: {response.status_code}"
            if response.status_code == 303:
                assert "/logg-inn" in response.headers["Location"]
