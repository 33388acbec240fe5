"""Forms with which a superuser changes a service's definition."""

import re
from typing import Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, TextAreaField
from wtforms.validators import ValidationError

from citizen_portal.applications.definitions.source import SourceError, demand_plain
from citizen_portal.forms import AtMost, BaseForm, Filled

LONGEST_NOTE: Final = 500


_NOT_IN_A_PAGE: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def _showable(text: str | None) -> str:
    """With a sign that can be shown for each character that no page can hold."""
    return _NOT_IN_A_PAGE.sub("\ufffd", text or "")


class SourceForm(BaseForm):
    """The text of a definition. It may be wrong, but it must be text."""

    source = TextAreaField(
        _l("The form as text (YAML)"),
        filters=[_showable],
        description=_l(
            "The draft is kept even when something is wrong. Nothing changes for citizens until you publish."
        ),
        render_kw={"rows": 30, "wrap": "off", "spellcheck": "false", "autocapitalize": "off", "data-code": "true"},
    )
    revision = IntegerField(default=0)

    def validate_source(self, field: TextAreaField) -> None:
        """Raise ValidationError when it cannot be kept."""
        try:
            demand_plain(field.data or "")
        except SourceError as error:
            reason = gettext(error.reason, **error.facts)
            raise ValidationError(gettext("Line %(number)s: %(reason)s", number=error.line, reason=reason)) from None


class PublishForm(BaseForm):
    """What is changed and why, for those who read the history."""

    note = TextAreaField(
        _l("What is changed, and why?"),
        [Filled(_l("Write what is changed, and why.")), AtMost(LONGEST_NOTE)],
        description=_l("Colleagues read it in the history. For example: New question about a key safe."),
        render_kw={"rows": 4},
    )
    version = IntegerField()
    revision = IntegerField()


class RevisionForm(BaseForm):
    """What a button was shown for."""

    revision = IntegerField()


class RollBackForm(BaseForm):
    """The version to go back to, and the one that was the newest when it was chosen."""

    version = IntegerField()
    newest = IntegerField()
