"""An e-mail as both e-mail channels write it."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from citizen_portal import clock
from citizen_portal.notifications.channels.port import AddressRefused
from citizen_portal.notifications.texts import NoticeText


def envelope(address: str, sender_name: str, sender_address: str, text: NoticeText) -> EmailMessage:
    """The message. Raises AddressRefused for what is no e-mail address; nothing in it can add a header."""
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = Address(addr_spec=address)
    except ValueError as error:
        raise AddressRefused from error
    message["From"] = Address(display_name=" ".join(sender_name.split()), addr_spec=sender_address)
    message["Subject"] = " ".join(text.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=sender_address.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body)
    return message
