"""The one choice: are visitors named or not."""

from wtforms import HiddenField

from citizen_portal.forms import BaseForm


class NamesForm(BaseForm):
    """What the button says: «vis» or «skjul»."""

    choice = HiddenField()

    @property
    def are_shown(self) -> bool:
        """Whether names are to be shown; anything unknown is a no."""
        return self.choice.data == "vis"
