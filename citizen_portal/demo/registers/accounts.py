"""How the demo's portal gets in to the demo's registers. Nothing here is a secret: the people are made up."""

import json
from typing import Final

from citizen_portal.demo.organisations import DEMO_ORGANISATIONS

REGISTERS_CLIENT: Final = "demo-portal-registers"
FIKS_SCOPE: Final = "ks:fiks"
KRR_SCOPE: Final = "krr:global/kontaktinformasjon.read"


def accounts_setting() -> str:
    """The value of PORTAL_FIKS_ACCOUNTS."""
    return json.dumps(
        {
            number: {
                "role": f"demo-{number}",
                "integration_id": f"demo-integration-{number}",
                "integration_password": f"demo-password-{number}",
            }
            for number in DEMO_ORGANISATIONS
        }
    )


def password_of(role: str, integration_id: str) -> str | None:
    """The password of an integration in the role that it was given; None for any other pair."""
    account: dict[str, str] | None = json.loads(accounts_setting()).get(role.removeprefix("demo-"))
    if account is None or account["integration_id"] != integration_id:
        return None
    return account["integration_password"]
