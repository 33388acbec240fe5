"""Who lives at the same address, without keeping where that is: a keyed hash, for the rule about neighbours alone."""

from citizen_portal.db import current_municipality_id
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import Person


def note_address(person: Person, street_line: str | None, postal_code: str | None) -> None:
    """Keep the hash of the address that the register gives («Testveien 1», «2630»), or forget it.

    Nothing is kept of a protected address: equal hashes would lead to where the person is.
    """
    person.address_hash = None
    if street_line and postal_code and not person.is_protected:
        address = "".join(char for char in f"{street_line} {postal_code}".casefold() if char.isalnum())
        person.address_hash = key_ring().lookup_hash(address, f"address:{current_municipality_id()}")
