"""The registers on loopback, for every test here."""

from tests.identity.registers.fixtures import freg, register_key, with_freg, with_registers

__all__ = ["freg", "register_key", "with_freg", "with_registers"]
