"""The demo's installation in one folder: its own secrets, database, files and login provider."""

import base64
import os
import secrets
import shutil
from pathlib import Path

from dotenv import dotenv_values

from citizen_portal.config import (
    ConfigurationError,
    Settings,
    demand_demo,
    demo_settings_file,
    instance_folder,
    load_settings,
)
from citizen_portal.demo.idporten.config import demo_key, demo_key_path
from citizen_portal.demo.registers.accounts import REGISTERS_CLIENT, accounts_setting
from citizen_portal.notifications.channels import webpush
from citizen_portal.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres

DATABASE = "portal"
HOSTS = ("ringebu", "sor-fron", "nord-fron")


def database_folder(instance: Path) -> Path:
    """Where the embedded server keeps its cluster."""
    return instance / "postgres"


def push_key_path(instance: Path) -> Path:
    """The key of push messages."""
    return instance / "push.jwk"


def provider_port(port: int) -> int:
    """The port of the demo's login provider, for a portal on `port`."""
    return port + 1


def origins(port: int) -> tuple[str, ...]:
    """Where browsers find the portal: one address for each municipality, and a plain one for the first."""
    return (f"http://localhost:{port}", *(f"http://{host}.localhost:{port}" for host in HOSTS))


def prepare(instance: Path, port: int, server: EmbeddedPostgres) -> Settings:
    """Write down the demo's settings, keeping the secrets of an earlier run. The cluster must have been made.

    Variables of the environment win over what is written down, so one setting can be tried at a time. Raises
    ConfigurationError when the environment names a database of its own, or production.
    """
    path = demo_settings_file(instance)
    values = {**_secrets(), **(dotenv_values(path) if path.exists() else {}), **_addresses(instance, port, server)}
    for name in ("citizen-client", "staff-client", "registers"):
        demo_key(instance, name)
    if not push_key_path(instance).exists():
        webpush.make_key(push_key_path(instance))
    unfinished = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{name}='{value}'\n" for name, value in values.items())
    unfinished.replace(path)
    settings = load_settings()
    demand_demo(settings)
    if settings.database_url != values["DATABASE_URL"]:
        raise ConfigurationError("the demo keeps its own database: unset DATABASE_URL")
    return settings


def start_over() -> None:
    """Delete the database and the files of a demo that does not run; its secrets stay. Raises ConfigurationError."""
    instance = instance_folder()
    if not demo_settings_file(instance).exists():
        raise ConfigurationError(f"there is no demo in {instance}")
    if EmbeddedPostgres(database_folder(instance)).is_running:
        raise ConfigurationError("the demo is running: stop it first")
    for folder in (database_folder(instance), instance / "files"):
        shutil.rmtree(folder, ignore_errors=True)


def _secrets() -> dict[str, str]:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_ENCRYPTION_KEYS": f'{{"demo": "{key()}"}}',
        "PORTAL_LOOKUP_KEY": key(),
    }


def _addresses(instance: Path, port: int, server: EmbeddedPostgres) -> dict[str, str]:
    # By number: cookies do not tell ports apart, so the provider must not share the host name `localhost` with us.
    issuer = f"http://127.0.0.1:{provider_port(port)}"
    return {
        "PORTAL_ENVIRONMENT": "demo",
        "PORTAL_HTTPS": "false",
        "PORTAL_PORT": str(port),
        "PORTAL_INSTANCE": str(instance),
        "DATABASE_URL": server.url(APP_ROLE, DATABASE),
        "PORTAL_OWNER_DATABASE_URL": server.url(OWNER_ROLE, DATABASE),
        "PORTAL_STORAGE_URL": (instance / "files").as_uri(),
        "PORTAL_IDPORTEN_ISSUER": issuer,
        "PORTAL_IDPORTEN_CLIENT_ID": "demo-portal",
        "PORTAL_IDPORTEN_PRIVATE_JWK": str(demo_key_path(instance, "citizen-client")),
        "PORTAL_STAFF_OIDC_ISSUER": issuer,
        "PORTAL_STAFF_OIDC_CLIENT_ID": "demo-portal-staff",
        "PORTAL_STAFF_OIDC_PRIVATE_JWK": str(demo_key_path(instance, "staff-client")),
        "PORTAL_MASKINPORTEN_ISSUERS": f'["{issuer}"]',
        "PORTAL_API_AUDIENCE": f"http://localhost:{port}",
        "PORTAL_MASKINPORTEN_ISSUER": issuer,
        "PORTAL_MASKINPORTEN_CLIENT_ID": REGISTERS_CLIENT,
        "PORTAL_MASKINPORTEN_PRIVATE_JWK": str(demo_key_path(instance, "registers")),
        "PORTAL_KRR_URL": issuer,
        "PORTAL_FIKS_URL": issuer,
        "PORTAL_FIKS_ACCOUNTS": accounts_setting(),
        "PORTAL_VAPID_PRIVATE_JWK": str(push_key_path(instance)),
    }
