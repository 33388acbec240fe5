"""The front page shows what the features hold, so its tests borrow their people."""

from tests.visits.conftest import _it_is_noon, care_record, follows

__all__ = ["_it_is_noon", "care_record", "follows"]
