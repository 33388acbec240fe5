"""Demo data that feels like three municipalities: the same for the same seed, with dates relative to today.

Everything that happened is made by the same use cases as in production, each at its own moment, in the order of time:
so numbers, timelines, the journal and the audit chain are as if people had worked here for two months.
"""

from citizen_portal.demo.seed.everything import seed

__all__ = ["seed"]
