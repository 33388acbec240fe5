"""What can be done with messages. Each verb works in the caller's transaction."""

from citizen_portal.messages.service.drafts import save_draft
from citizen_portal.messages.service.moving import move_conversation
from citizen_portal.messages.service.reading import note_reading
from citizen_portal.messages.service.sending import reply, write_about_case, write_to_citizen

__all__ = ["move_conversation", "note_reading", "reply", "save_draft", "write_about_case", "write_to_citizen"]
