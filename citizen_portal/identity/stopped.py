"""What a person is told when a login did not end in a session: what happened, and what to do now."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from citizen_portal.identity.errors import (
    InvalidAnswer,
    LoginCancelled,
    LoginError,
    LoginExpired,
    LoginNotRenewed,
    LoginTooWeak,
    MissingNationalId,
    NoStaffAccess,
    ProviderMisconfigured,
    ProviderUnavailable,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One page. `title` and `text` are translated when shown."""

    status: int
    title: str
    text: str
    can_try_again: bool = True


_INVALID = Explanation(
    400,
    _("You were not logged in"),
    _("The answer from the login could not be trusted, so we stopped. Nothing has been done in your name. Try again."),
)

EXPLANATIONS: Mapping[type[LoginError], Explanation] = {
    LoginCancelled: Explanation(
        200,
        _("You cancelled the login"),
        _("You are not logged in. You can try again, or reach us by phone or e-mail."),
    ),
    LoginExpired: Explanation(
        400,
        _("The login took too long"),
        _("We tried to start it again without luck. Check that your browser accepts cookies, and log in once more."),
    ),
    ProviderUnavailable: Explanation(
        503,
        _("The login is not working right now"),
        _("The service that logs you in does not answer. Try again in a few minutes. If it is urgent, call us."),
    ),
    ProviderMisconfigured: Explanation(
        503,
        _("The login is not set up correctly"),
        _("The fault is ours and has been noted. Try again later. If it is urgent, call us."),
        can_try_again=False,
    ),
    InvalidAnswer: _INVALID,
    LoginTooWeak: Explanation(
        403,
        _("You need a safer login here"),
        _("Log out, then log in again with BankID or another login at the highest level of security."),
    ),
    MissingNationalId: Explanation(
        403,
        _("We cannot see who you are"),
        _("The login did not give us a Norwegian national identity number. Contact us, and we will help you."),
        can_try_again=False,
    ),
    NoStaffAccess: Explanation(
        403,
        _("You do not have access here"),
        _("You are logged in at your employer, but have no role in this municipality. Ask whoever gives access."),
        can_try_again=False,
    ),
    LoginNotRenewed: Explanation(
        403,
        _("You must log in again yourself"),
        _("This demands a new login with the same account. Nothing is changed. Go back and try again."),
        can_try_again=False,
    ),
}


def explanation_of(error: LoginError) -> Explanation:
    """The page for the error."""
    return EXPLANATIONS.get(type(error), _INVALID)
