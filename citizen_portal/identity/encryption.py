"""Encryption of what must not lie readable in the database, and the keyed hash by which it is found again.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. A value is `key id length | key id | nonce | ciphertext and
tag`, so that keys can be rotated: the newest key encrypts, every known key decrypts. The context (whose value it is,
where) is authenticated, so a value that was moved to another row does not decrypt.
"""

import base64
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from citizen_portal.config import Settings

_NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """The value was encrypted by a key that we do not have, belongs elsewhere, or was changed."""


@dataclass(frozen=True)
class KeyRing:
    """Encryption keys by id, the newest last, and the key of the look-up hash; each 32 bytes."""

    keys: Mapping[str, bytes]
    lookup_key: bytes

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) != 32 for key in (*self.keys.values(), self.lookup_key)):
            raise ValueError("keys are base64 of exactly 32 bytes, and there is at least one")

    @cached_property
    def newest(self) -> str:
        """Id of the key that encrypts."""
        return list(self.keys)[-1]

    def encrypt(self, text: str, context: str) -> bytes:
        """The text encrypted for its place."""
        nonce, key_id = os.urandom(_NONCE_BYTES), self.newest.encode()
        sealed = AESGCM(self.keys[self.newest]).encrypt(nonce, text.encode(), context.encode())
        return bytes([len(key_id)]) + key_id + nonce + sealed

    def decrypt(self, value: bytes, context: str) -> str:
        """The text again. Raises CannotDecrypt."""
        length = value[0]
        key_id, rest = value[1 : 1 + length].decode(), value[1 + length :]
        if key_id not in self.keys:
            raise CannotDecrypt(f"no key {key_id!r}")
        try:
            opened = AESGCM(self.keys[key_id]).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], context.encode())
        except InvalidTag:
            raise CannotDecrypt("not this value's place, or changed") from None
        return opened.decode()

    def lookup_hash(self, text: str, context: str) -> bytes:
        """HMAC-SHA-256 of the text; in another context, such as another municipality, its hash is another."""
        return hmac.digest(self.lookup_key, f"{context}\0{text}".encode(), "sha256")


_key_ring: KeyRing | None = None


def configure(settings: Settings) -> None:
    """Give this process its keys."""
    global _key_ring
    _key_ring = KeyRing(
        keys={name: base64.b64decode(key.get_secret_value()) for name, key in settings.encryption_keys.items()},
        lookup_key=base64.b64decode(settings.lookup_key.get_secret_value()),
    )


def key_ring() -> KeyRing:
    """The keys of this process. Raises RuntimeError before `configure`."""
    if _key_ring is None:
        raise RuntimeError("encryption.configure was not called")
    return _key_ring
