"""The private keys by which we prove who we are to providers."""

import json
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from citizen_portal.config import ConfigurationError


def private_key(path: Path) -> RSAKey:
    """The private RSA key in a JWK file, with the `kid` that the provider knows it by. Raises ConfigurationError."""
    try:
        key = RSAKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, JoseError) as error:
        raise ConfigurationError(f"cannot read the private key in {path}: {type(error).__name__}") from error
    if not key.is_private or not key.kid:
        raise ConfigurationError(f"the key in {path} is not a private key with a kid")
    return key
