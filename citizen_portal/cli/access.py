"""Municipalities, login keys and the first system owner at the command line."""

import json
from pathlib import Path
from typing import Any

import click

from citizen_portal.cli import connection


@click.group()
def tenant() -> None:
    """The municipalities of this installation."""


@tenant.command("list")
def list_tenants() -> None:
    """List the municipalities: number, name, languages."""
    from citizen_portal.db import read_only
    from citizen_portal.tenancy import queries

    with connection.connected(), read_only() as session:
        for found in queries.municipalities(session):
            click.echo(f"{found.number}  {found.name}  {' '.join(found.languages)}")


@tenant.command()
@click.argument("number")
@click.option("--name", required=True)
@click.option("--organisation-number", required=True)
@click.option("--slug", required=True, help="Short name in lower case, as in addresses.")
@click.option("--language", "languages", multiple=True, default=("nb", "nn", "en", "se"), help="Its own first.")
@click.option("--hostname", "hostnames", multiple=True, required=True)
@click.option("--phone", required=True)
@click.option("--email", required=True)
@click.option("--address-line", "address_lines", multiple=True, required=True)
@click.option("--onbehalfof", help="Its name at ID-porten, when one client serves several municipalities.")
def add(**facts: Any) -> None:
    """Add the municipality with the kommunenummer NUMBER."""
    from citizen_portal.db import transaction
    from citizen_portal.tenancy import service

    with connection.connected(as_owner=True), transaction() as session:
        service.add_municipality(session, **facts)
    click.echo(f"Added {facts['number']} {facts['name']}")


@tenant.command()
@click.argument("number")
@click.argument("name", required=False)
def onbehalfof(number: str, name: str | None) -> None:
    """Ask ID-porten on behalf of the municipality NUMBER under NAME; without NAME no longer so."""
    from citizen_portal.db import transaction
    from citizen_portal.errors import NotFound
    from citizen_portal.tenancy import queries

    with connection.connected(as_owner=True), transaction() as session:
        try:
            queries.municipality_by_number(session, number).onbehalfof = name
        except NotFound as error:
            raise click.ClickException("there is no municipality with that number") from error
    click.echo(f"{number} is {name or 'itself'} at ID-porten")


@click.group()
def keys() -> None:
    """The keys that the portal logs in with at ID-porten and at the staff provider."""


@keys.command("list")
def list_keys() -> None:
    """List the keys: client, kid, use, last day."""
    from citizen_portal.identity.client_keys import KeyFile

    settings = connection.settings()
    files = {
        settings.idporten_private_jwk: settings.idporten_client_id,
        settings.staff_oidc_private_jwk: settings.staff_oidc_client_id,
    }
    for path, client in files.items():
        for state in KeyFile(client, path).states():
            end = f"{state.expires_at:%Y-%m-%d} ({state.days_left} days)" if state.expires_at else "no date noted"
            click.echo(f"{client}  {state.kid}  {'signs' if state.signs else 'published'}  {end}")


@keys.command()
@click.option("--client", type=click.Choice(["citizen", "staff"]), required=True)
@click.option("--days", type=click.IntRange(1, 365), default=365, help="How long the new key lives at the provider.")
@click.option("--prepare", is_flag=True, help="Publish the new key only; the next rotation takes it into use.")
def rotate(client: str, days: int, prepare: bool) -> None:
    """Make a new key and keep the former ones; a running portal takes it up by itself."""
    from datetime import timedelta

    from citizen_portal.identity import client_keys

    settings = connection.settings()
    path = settings.idporten_private_jwk if client == "citizen" else settings.staff_oidc_private_jwk
    signing = client_keys.rotate(path, lifetime=timedelta(days=days), prepare=prepare)
    click.echo(f"{signing.kid} signs; what the provider must know:")
    click.echo(json.dumps({"keys": client_keys.KeyFile(client, path).published()}))


@keys.command("push")
@click.argument("path", type=click.Path(path_type=Path))
def make_push_key(path: Path) -> None:
    """Make the key of push messages, for PORTAL_VAPID_PRIVATE_JWK. There is one; it is not rotated."""
    from citizen_portal.notifications.channels import webpush

    try:
        webpush.make_key(path)
    except FileExistsError as error:
        raise click.ClickException(f"{path} is there already") from error
    click.echo(f"{path} is made")


@click.group()
def staff() -> None:
    """The municipality's employees."""


@staff.command()
@click.option("--municipality", "number", required=True, help="Kommunenummer.")
@click.option("--subject", required=True, help="How the staff provider knows the person: Entra ID's oid, or sub.")
@click.option("--name", required=True)
@click.option("--title", default="", help="As colleagues read it.")
@click.option("--unit", "unit_name", required=True, help="The unit that the person works in; made if it is not there.")
@click.option("--issuer", help="By default PORTAL_STAFF_OIDC_ISSUER.")
def appoint(number: str, unit_name: str, issuer: str | None, **facts: Any) -> None:
    """Make somebody a system owner: the first one of a municipality, who then gives all roles in the portal."""
    from citizen_portal.auth.actor import System
    from citizen_portal.db import as_municipality, read_only, transaction
    from citizen_portal.errors import NotFound
    from citizen_portal.identity.staff_accounts import service
    from citizen_portal.tenancy import queries
    from citizen_portal.tenancy.service import add_unit

    facts["issuer"] = issuer or connection.settings().staff_oidc_issuer
    with connection.connected(), connection.refusals():
        with read_only() as session:
            municipality = queries.municipality_by_number(session, number)
        actor = System(municipality.id, "citizen-portal staff appoint")
        with as_municipality(municipality.id), transaction() as session:
            try:
                unit = queries.unit_by_name(session, unit_name)
            except NotFound:
                unit = add_unit(session, name=unit_name, phone=municipality.phone)
            member = service.appoint_system_owner(session, actor, unit_id=unit.id, **facts)
    click.echo(f"{member.name} is a system owner of {municipality.name}, in {unit_name}")
