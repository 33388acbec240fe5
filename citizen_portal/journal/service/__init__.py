"""What can be done in the journal. Each verb works in the caller's transaction."""

from citizen_portal.journal.service.archive_structure import ClassDefinition, set_up_archive
from citizen_portal.journal.service.case_files import (
    close_case_file,
    move_case_file,
    open_case_file,
    place_of_class,
)
from citizen_portal.journal.service.corrections import cancel_entry, correct_case_file, correct_entry, correct_party
from citizen_portal.journal.service.registration import register_incoming, register_internal, register_outgoing
from citizen_portal.journal.service.sign_offs import sign_off

__all__ = [
    "ClassDefinition",
    "cancel_entry",
    "close_case_file",
    "correct_case_file",
    "correct_entry",
    "correct_party",
    "move_case_file",
    "open_case_file",
    "place_of_class",
    "register_incoming",
    "register_internal",
    "register_outgoing",
    "set_up_archive",
    "sign_off",
]
