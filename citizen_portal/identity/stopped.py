"""What a person is told when a login did not end in a session: what happened, and what to do now."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from citizen_portal.identity.errors import (
    AnotherPerson,
    InteractionNeeded,
    InvalidAnswer,
    LoginCancelled,
    LoginError,
    LoginExpired,
    LoginNotRenewed,
    LoginOfDeceased,
    LoginTooOld,
    LoginTooWeak,
    MissingNationalId,
    NoStaffAccess,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    UnknownLevel,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One page. `title` and `text` are translated when shown."""

    status: int
    title: str
    text: str
    can_try_again: bool = True
    tells_how_to_reach_us: bool = False
    """For those whom no other login helps: phone, e-mail and address."""


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
    InteractionNeeded: Explanation(
        200,
        _("The login needs you"),
        _("The login service could not see who you are by itself. Log in once more, and follow what it asks for."),
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
        tells_how_to_reach_us=True,
    ),
    ProviderMisconfigured: Explanation(
        503,
        _("The login is not set up correctly"),
        _("The fault is ours and has been noted. Try again later. If it is urgent, call us."),
        can_try_again=False,
    ),
    ProviderRefused: Explanation(
        400,
        _("The login service said no"),
        _("It did not say why in words that we know. Nothing has been done in your name. Try again, or call us."),
    ),
    LoginTooOld: Explanation(
        403,
        _("You have been logged in for too long"),
        _("Log out, then log in again. A login lasts two hours at most."),
    ),
    UnknownLevel: Explanation(
        403,
        _("We do not know this way of logging in"),
        _("Log out, then log in again with BankID, MinID or another login that you use for public services."),
    ),
    AnotherPerson: Explanation(
        403,
        _("Somebody else logged in"),
        _(
            "You asked for a safer login, but another person answered. We have let nobody new in, and nothing has been "
            "done in anybody's name. Log out, then log in as yourself."
        ),
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
        tells_how_to_reach_us=True,
    ),
    LoginOfDeceased: Explanation(
        403,
        _("You cannot log in as this person"),
        _("The population register says that the person is dead. Call us if that is wrong, or if you have questions."),
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
