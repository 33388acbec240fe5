"""Channels: the ports through which notices leave. One of each per process, chosen by the settings."""

from citizen_portal.config import Settings
from citizen_portal.notifications.channels.outbox import OutboxChannel
from citizen_portal.notifications.channels.port import Channel
from citizen_portal.notifications.channels.smtp import SmtpChannel
from citizen_portal.notifications.channels.webpush import WebPushChannel

_email: Channel | None = None
_push: WebPushChannel | None = None


def configure(settings: Settings) -> None:
    """Let this process send e-mail by SMTP when `PORTAL_SMTP_URL` is set; the demo writes files instead.

    Push messages are sent when there is a key for them. Raises ConfigurationError when it is none.
    """
    if settings.smtp_url:
        use(SmtpChannel(settings.smtp_url))
    else:
        use(OutboxChannel(settings.instance / "outbox") if settings.is_demo else None)
    key = settings.vapid_private_jwk
    use_push(WebPushChannel(key, settings.push_hosts, https=settings.environment == "production") if key else None)


def use(channel: Channel | None) -> None:
    """Send e-mail through this channel; through none when None."""
    global _email
    _email = channel


def use_push(channel: WebPushChannel | None) -> None:
    """Send push messages through this channel; through none when None."""
    global _push
    _push = channel


def email() -> Channel | None:
    """The channel for e-mail; None when the installation has none."""
    return _email


def push() -> WebPushChannel | None:
    """The channel for push messages; None when the installation has none."""
    return _push
