"""The one form of the visits page."""

from flask_wtf import FlaskForm
from wtforms import HiddenField


class SwitchForm(FlaskForm):
    """The person switcher: whose visits to look at."""

    person = HiddenField()
