"""Channels: the ports through which notices leave. One per process, chosen by the settings."""

from citizen_portal.config import Settings
from citizen_portal.notifications.channels.outbox import OutboxChannel
from citizen_portal.notifications.channels.port import Channel
from citizen_portal.notifications.channels.smtp import SmtpChannel

_email: Channel | None = None


def configure(settings: Settings) -> None:
    """Let this process send e-mail by SMTP when `PORTAL_SMTP_URL` is set; the demo writes files instead."""
    if settings.smtp_url:
        use(SmtpChannel(settings.smtp_url))
    else:
        use(OutboxChannel(settings.instance / "outbox") if settings.is_demo else None)


def use(channel: Channel | None) -> None:
    """Send e-mail through this channel; through none when None."""
    global _email
    _email = channel


def email() -> Channel | None:
    """The channel for e-mail; None when the installation has none."""
    return _email
