"""Every table of the portal: importing this module fills the metadata."""

import importlib
from typing import Final

from citizen_portal.db import Base

FEATURES: Final = (
    *("tenancy", "audit", "identity", "notifications", "journal", "applications", "messages", "visits"),
    "access_log",
    "my_data",
    "applications.signatures",
    "applications.tasks",
    "applications.preliminary",
    "applications.files",
    "journal.scans",
    "applications.decisions",
    "applications.appeals",
    "visits.rules",
    "visits.deviations",
    "visits.changes",
    "visits.sources",
    "visits.names",
    "visits.following",
    "visits.rounds",
)

for feature in FEATURES:
    importlib.import_module(f"citizen_portal.{feature}.models")

metadata = Base.metadata
