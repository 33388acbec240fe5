"""Settings, read once from the environment (`PORTAL_*`). The only module that reads the environment."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_OF_MASKINPORTEN = ("maskinporten_issuer", "maskinporten_client_id", "maskinporten_private_jwk")
_OF_REGISTERS = (*_OF_MASKINPORTEN, "krr_url", "fiks_url", "fiks_accounts")
"""Production does without none: who has a protected address is known by asking the population register alone."""


class ConfigurationError(Exception):
    """The installation is not configured well enough to start."""


class FiksAccount(BaseModel):
    """One municipality's access to the population register through Fiks: its role there, and its integration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    integration_id: str
    integration_password: SecretStr


class Settings(BaseSettings):
    """Everything an operator can choose. Defaults are right for production; what has no safe default is required."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True, extra="ignore")

    environment: Literal["production", "demo", "test"] = "production"
    secret_key: SecretStr = Field(min_length=32)
    """Signs the form tokens and encrypts the login attempt's cookie."""
    database_url: str = Field(validation_alias="DATABASE_URL")
    """SQLAlchemy URL of the app role, which owns nothing and cannot bypass row security."""
    owner_database_url: str | None = None
    """SQLAlchemy URL of the role that owns the tables; migrations and `tenant add` use it."""
    database_pool_size: int = 8
    storage_url: str
    """Where documents lie: `file:///srv/portal/files` or `s3://bucket/prefix`."""
    encryption_keys: dict[str, SecretStr]
    """Key id -> base64 of 32 bytes, for national ids and tokens at rest; the last one encrypts."""
    lookup_key: SecretStr
    """Base64 of 32 bytes: keys the hash by which a national id is looked up. Changing it means re-hashing."""

    https: bool = True
    trusted_proxies: int = 0
    max_request_bytes: int = 60_000_000
    """The largest request body that is read at all; larger ones are answered 413 at once."""
    max_upload_bytes: int = 25_000_000
    """The largest single file; 25 MB as people and their phones count."""

    idporten_issuer: str
    idporten_client_id: str
    idporten_private_jwk: Path
    staff_oidc_issuer: str
    staff_oidc_client_id: str
    staff_oidc_private_jwk: Path
    staff_provider: Literal["entra", "ansattporten"] = "entra"
    """What kind of provider staff log in with: it decides what their token is asked for and what in it counts."""
    staff_tenant_id: str | None = None
    """Entra ID: the employer's directory (`tid`), which every staff token must then come from."""
    staff_resource: str = ""
    """Ansattporten: the resource in Altinn that staff represent the municipality with, `urn:altinn:resource:…`."""
    staff_role_names: dict[str, tuple[str, ...]] = {
        "Saksbehandler.Helse": ("caseworker",),
        "Sykepleier": ("nurse",),
        "Leder": ("caseworker", "superuser"),
        "Arkivar": ("archivist",),
        "Kommunikasjon": ("communications",),
        "Admin": ("system_owner",),
        "Innsynslogg.Les": ("auditor",),
        "Adressesperre": ("protected_access",),
    }
    """Entra ID: app role -> roles here. It narrows what was given here, and gives nothing by itself."""
    maskinporten_issuers: tuple[str, ...] = ()
    api_audience: str = ""
    """The `aud` that bearer tokens to our API must carry."""

    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """The bearer token that `GET /metrics` demands; without one there is no such page."""
    maskinporten_issuer: str | None = None
    """Where we get our own tokens for the registers: the issuer exactly as Maskinporten writes it, slash included."""
    maskinporten_client_id: str | None = None
    maskinporten_private_jwk: Path | None = None
    krr_url: str | None = None
    """The contact register (KRR); without it notices go to the address that a person gave us."""
    krr_delegated: bool = False
    """Whether municipalities delegate to us in Altinn: tokens are then asked for on behalf of each."""
    fiks_url: str | None = None
    fiks_accounts: dict[str, FiksAccount] = {}
    """Kommunenummer -> its access to the population register (Freg) through Fiks."""

    smtp_url: str | None = None
    """`smtp://user:password@host:587`; without it no e-mail notice is sent."""
    vapid_private_jwk: Path | None = None
    """The key that we prove ourselves with at push services (RFC 8292), a JWK on P-256; without it there are no push
    messages. Make it once with `citizen-portal keys push`: a new one silences every browser that said yes."""
    push_hosts: tuple[str, ...] = (
        *("fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"),
    )
    """Hosts of push services, each with those below it. A browser tells us where to send: it may not be anywhere."""
    clamav_url: str | None = Field(default=None, pattern=r"^(unix:///.+|tcp://[^/]+:[0-9]+)$")
    """The virus scanner, ClamAV's daemon: `unix:///run/clamav/clamd.ctl` or `tcp://host:3310`. Without it, uploaded
    files are checked by what they are and not for viruses."""
    noark5_schemas: Path | None = None
    """Folder with the official Noark 5 schemas, see `citizen-portal archive schemas`."""
    web_workers: int = 2
    web_threads: int = 8
    port: int = 8000
    instance: Path = Path("instance")
    """Folder for what this installation writes by itself: embedded database, demo secrets, files."""

    @property
    def is_demo(self) -> bool:
        """Whether the demo's provider, people and gallery may be loaded."""
        return self.environment in ("demo", "test")

    @model_validator(mode="after")
    def _registers_are_whole(self) -> Self:
        if self.krr_url or self.fiks_url:
            needed = [*_OF_MASKINPORTEN, *(["fiks_accounts"] if self.fiks_url else [])]
            missing = [f"PORTAL_{name.upper()} is missing" for name in needed if not getattr(self, name)]
            if missing:
                raise ValueError("; ".join(missing))
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.environment != "production":
            return self
        unsafe = [
            *(["PORTAL_HTTPS must be on"] if not self.https else []),
            *(["PORTAL_API_AUDIENCE is missing"] if self.maskinporten_issuers and not self.api_audience else []),
            *(
                ["PORTAL_STAFF_RESOURCE is missing"]
                if self.staff_provider == "ansattporten" and not self.staff_resource
                else []
            ),
            *(
                f"{issuer} is not https"
                for issuer in (self.idporten_issuer, self.staff_oidc_issuer, *self.maskinporten_issuers)
                if not issuer.startswith("https://")
            ),
            *(
                f"PORTAL_{name.upper()} is not https"
                for name in ("maskinporten_issuer", "krr_url", "fiks_url")
                if not (getattr(self, name) or "https://").startswith("https://")
            ),
            *(f"PORTAL_{name.upper()} is missing" for name in _OF_REGISTERS if not getattr(self, name)),
        ]
        if unsafe:
            raise ValueError("; ".join(unsafe))
        return self


def load_settings() -> Settings:
    """The settings of the environment, or of the demo that `make run` made here when the environment names no database.

    Raises ConfigurationError with one line for each setting that is missing or wrong; values are not repeated.
    """
    demo = None if "DATABASE_URL" in os.environ else demo_settings_file(instance_folder())
    try:
        return Settings(_env_file=demo)
    except ValidationError as error:
        lines = [f"{_environment_name(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise ConfigurationError("\n".join(["the settings are not complete:", *lines])) from None


def instance_folder() -> Path:
    """The folder of this installation, also while its settings are not complete."""
    return Path(os.environ.get("PORTAL_INSTANCE", "instance")).resolve()


def demo_settings_file(instance: Path) -> Path:
    """Where `make run` keeps the settings of its demo."""
    return instance / "demo.env"


def _environment_name(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "together"
    return name if name.isupper() or not location else f"PORTAL_{name.upper()}"


def demand_demo(settings: Settings) -> None:
    """Raise ConfigurationError where demo parts are asked for in production."""
    if not settings.is_demo:
        raise ConfigurationError("the demo's parts are not loaded in production")
