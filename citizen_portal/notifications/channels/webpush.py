"""Push messages to browsers: encrypted for the browser alone (RFC 8291), from us and nobody else (RFC 8292)."""

import base64
import json
import os
import re
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from citizen_portal import clock
from citizen_portal.config import ConfigurationError
from citizen_portal.notifications.channels.port import AddressRefused, ChannelFailed
from citizen_portal.notifications.texts import NoticeText

_ADDRESS: Final = re.compile(r"[!-~]+")
"""Any other character an address has escaped."""
_CURVE: Final = ec.SECP256R1()
_RECORD_SIZE: Final = 4096
_TIMEOUT: Final = 10.0
_KEPT_FOR: Final = timedelta(hours=4)
"""How long a push service keeps the message for a phone that is off. What still stands later stands on the page."""
_TOKEN_LIVES: Final = timedelta(hours=1)
_LONGEST: Final = 2000


class InvalidSubscription(ValueError):
    """Not what a browser gives, or of a push service that we do not know."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser takes push messages, and by which keys only it can read them."""

    endpoint: str
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, hosts: tuple[str, ...], *, https: bool = True) -> Self:
        """What a browser's `PushSubscription` says as JSON. Raises InvalidSubscription."""
        try:
            told = json.loads(text[:_LONGEST])
            found = cls(str(told["endpoint"]), str(told["keys"]["p256dh"]), str(told["keys"]["auth"]))
            encrypt(b"", found)
            address = urlsplit(found.endpoint)
            host, port = address.hostname or "", address.port
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidSubscription from error
        is_known = any(host == known or host.endswith(f".{known}") for known in hosts)
        is_safe = not https or (address.scheme == "https" and port in (None, 443))
        is_address = _ADDRESS.fullmatch(found.endpoint) is not None
        if not is_address or not is_known or not is_safe or address.username:
            raise InvalidSubscription
        return found

    @property
    def host(self) -> str:
        """The push service."""
        return urlsplit(self.endpoint).hostname or ""

    def as_json(self) -> str:
        """As it is kept, once encrypted."""
        return json.dumps(asdict(self))


class WebPushChannel:
    """Hands messages to the push service that each browser has chosen."""

    name = "webpush"

    def __init__(self, key_file: Path, hosts: tuple[str, ...], *, https: bool = True) -> None:
        """Read the key. Raises ConfigurationError."""
        try:
            self._key = ECKey.import_key(json.loads(key_file.read_text("utf-8")))
            public = self._key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        except (OSError, ValueError, JoseError) as error:
            raise ConfigurationError(f"{key_file} holds no key for push messages") from error
        self.public_key = _to_base64(public)
        """By which a browser knows us again: `applicationServerKey`."""
        self._hosts, self._https = hosts, https

    def subscription(self, text: str) -> Subscription:
        """What a browser answered. Raises InvalidSubscription."""
        return Subscription.parse(text, self._hosts, https=self._https)

    def send(self, to: Subscription, contact: str, text: NoticeText, topic: str) -> None:
        """Hand over the text, with the municipality's e-mail address for the push service.

        It takes the place of an earlier one of the same topic, whether that waits at the service (RFC 8030 §5.4) or
        stands on the phone.

        Raises AddressRefused when the browser no longer takes any, ChannelFailed when trying again may help.
        """
        body = text.body.partition("\n\n")[2].partition("\n\n")[0]
        message = json.dumps({"title": text.subject, "body": body, "topic": topic})
        headers = {
            "Authorization": self._authorization(to, contact),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(_KEPT_FOR.total_seconds())),
            "Topic": topic,
            "Urgency": "high",
        }
        try:
            answer = httpx.post(to.endpoint, content=encrypt(message.encode(), to), headers=headers, timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            raise ChannelFailed(type(error).__name__) from error
        if answer.status_code in (404, 410):
            raise AddressRefused
        if not answer.is_success:
            raise ChannelFailed(f"push service answered {answer.status_code}")

    def _authorization(self, to: Subscription, contact: str) -> str:
        address = urlsplit(to.endpoint)
        claims = {
            "aud": f"{address.scheme}://{address.netloc}",
            "exp": int((clock.now() + _TOKEN_LIVES).timestamp()),
            "sub": f"mailto:{contact}",
        }
        token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self._key)
        return f"vapid t={token}, k={self.public_key}"


def make_key(path: Path) -> None:
    """Write a new key that only we can read. Raises FileExistsError rather than replace one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(ECKey.generate_key("P-256").as_dict(private=True), file)


def encrypt(
    message: bytes, to: Subscription, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The message for one browser, as one record of `aes128gcm`. Key and salt are new for each message.

    Raises ValueError when the browser's keys are none.
    """
    theirs, secret = _from_base64(to.p256dh), _from_base64(to.auth)
    if len(secret) != 16:
        raise ValueError("the secret has 16 bytes")
    key, salt = key or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    ours = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    material = _derive(shared, secret, b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content_key).encrypt(nonce, message + b"\x02", None)
    return salt + _RECORD_SIZE.to_bytes(4) + bytes([len(ours)]) + ours + sealed


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)


def _to_base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
