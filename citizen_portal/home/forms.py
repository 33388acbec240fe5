"""Forms of the frame around every page."""

from flask_wtf import FlaskForm
from wtforms import HiddenField


class LanguageForm(FlaskForm):
    """The language switch."""

    language = HiddenField()
    next = HiddenField()


class TextSizeForm(FlaskForm):
    """The switch between ordinary and large text."""

    size = HiddenField()
    next = HiddenField()
