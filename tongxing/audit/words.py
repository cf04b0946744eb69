"""What the codes of the log are called."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.access import security

KINDS: dict[str, str | Promise] = {
    "person": _("persons"),
    "registry.Person": _("persons behind a figure"),
    "registration": pgettext_lazy("trace", "registrations"),
    "roster": pgettext_lazy("trace", "rosters"),
    "search": pgettext_lazy("trace", "results of a search"),
    "request": pgettext_lazy("trace", "requests of families"),
    "referral": pgettext_lazy("trace", "referrals"),
    "alert": pgettext_lazy("trace", "alerts"),
    "link": _("links between records"),
    "extract": _("a file of rows"),
    "report": _("reports of organisations"),
    "trace": _("this log"),
    "account": pgettext_lazy("trace", "accounts"),
    "voice": pgettext_lazy("trace", "complaints and suggestions"),
    "halt": pgettext_lazy("trace", "legal holds"),
}
PURPOSES: dict[str, str | Promise] = {  # `Acting.purpose`
    "desk": pgettext_lazy("trace", "work at the desk"),
    "roster": pgettext_lazy("trace", "a list by command"),
    "sign in": pgettext_lazy("trace", "signing in"),
    "demonstration": _("Demonstration"),
}
EVENTS: dict[str, str | Promise] = {
    security.SIGNED_IN: _("signed in"),
    security.WRONG_PASSWORD: _("wrong password or log-in"),
    security.WRONG_CODE: _("wrong code"),
    security.LOCKED_OUT: _("locked for 15 minutes"),
    security.REFUSED: _("a page was refused"),
    security.GLASS: _("a record was asked for in an emergency"),
    security.EXTRACT: _("a file of rows was taken"),
    security.FACTS_DIFFER: _("facts differ from the records"),
    security.PROBED: _("the whole register was searched by command"),
    security.RESTORED: _("brought back from a backup"),
    security.NOT_SEALED: _("the log could not be sealed"),
    security.NOT_WATCHED: _("unusual look-ups could not be looked for"),
    security.VERIFIED: _("the log was checked: unchanged"),
    security.NOT_VERIFIED: _("the log could not be checked"),
    security.DAMAGED: _("the log was checked: it was changed"),
}


@dataclass(frozen=True)
class RuleWords:
    """A rule of misuse.yaml: what happened, and what may lie behind it."""

    title: str | Promise
    may_be: str | Promise


RULES: dict[str, RuleWords] = {
    "sweep": RuleWords(
        _("Many records one after the other"),
        _(
            "Somebody goes through records, or a tool does. It may also be a check of cards or a busy day of registration."
        ),
    ),
    "mass_open": RuleWords(
        _("Very many records on lists in a few minutes"),
        _("Lists were paged through or printed. It may be the preparation of a meeting."),
    ),
    "many": RuleWords(
        _("Very many different records were shown in one day"),
        _("Somebody searches name after name, or pages through all lists. It may be the checking of a large roster."),
    ),
    "night_export": RuleWords(
        _("A file of rows was taken at night"),
        _("Nobody works at this hour. It may be a report that is due, or an officer in another time zone."),
    ),
    "after_leaving": RuleWords(
        _("An account that works nowhere any more was used, or somebody tried to"),
        _("Access has not ended, or somebody who left tries the old password. End open stays and ask."),
    ),
    "leaving": RuleWords(
        _("Many records were opened shortly before leaving"),
        _("Somebody may be taking what is known along. It may be the handing over of cases."),
    ),
    "emergencies": RuleWords(
        _("Records were opened in emergencies again and again"),
        _("An emergency became a habit, or somebody looks for a child. Read the reasons with the safeguarding lead."),
    ),
    "no_work": RuleWords(
        _("Records were opened that nobody has had work with"),
        _("Curiosity, or a search by eye. It may be an audit of closed cases."),
    ),
    "hidden_child": RuleWords(
        _("Records of children under location lock were opened without work on them"),
        _("Somebody may be looking for a child in danger. Tell the safeguarding lead today."),
    ),
    "guessing": RuleWords(
        _("Many failed log-ins from one address"),
        _("Passwords are being guessed. Behind a proxy a whole office has one address."),
    ),
}
