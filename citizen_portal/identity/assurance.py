"""How sure a provider is of who logged in: its `acr` values, by rank.

An allow-list: a value that is not here counts as nothing, whatever it is called (`selfregistered-email`,
`idporten-loa-low`, `idporten-loa-substantial-limited`). Source: Digdir, "ID-token fra ID-porten".
"""

from collections.abc import Mapping
from types import MappingProxyType

from citizen_portal.auth.actor import Assurance

IDPORTEN_LEVELS: Mapping[str, Assurance] = MappingProxyType(
    {
        "idporten-loa-substantial": Assurance.SUBSTANTIAL,
        "idporten-loa-high": Assurance.HIGH,
        "eidas-loa-high": Assurance.HIGH,
    }
)
"""An eIDAS login counts only with a matched Norwegian number, which `oidc` demands of every citizen."""

_REQUESTED = MappingProxyType({Assurance.SUBSTANTIAL: "idporten-loa-substantial", Assurance.HIGH: "idporten-loa-high"})


def requested_acr(minimum: Assurance) -> str:
    """The `acr_values` to ask ID-porten for at least this level."""
    return _REQUESTED[minimum]
