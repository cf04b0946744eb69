"""The words of one level, for the review desk and the report of linked lists: fields, the home, and all taken together."""

from django.utils.translation import gettext as _

from tongxing.linkage import reasons
from tongxing.linkage.reasons import N_

HOME = {
    "phone_and_guardian": N_("same phone, a guardian of that name"),
    "phone_and_county": N_("same phone and county"),
    "phone": N_("same phone"),
    "guardian_and_county": N_("a guardian of that name, same county"),
    "guardian": N_("a guardian of that name"),
    "kin_document": N_("a relative’s document in both"),
    "crowded_phone": N_("same phone, which many people share"),
    "guardian_elsewhere": N_("a guardian of that name, another county"),
    "county_only": N_("same county, another phone and guardian"),
    "county": N_("same county"),
    "all_other": N_("another county, phone and guardian"),
    "other_county": N_("another county"),
    "other": N_("another phone or guardian"),
}
TOGETHER = {
    "none": N_("not comparable: another script or no name"),
    "parent": N_("same home, a generation apart: perhaps a parent or guardian"),
    "same": N_("same name, birth date and home"),
    "same_elsewhere": N_("same name and birth date, another home"),
    "near": N_("same name and home, a birth date that could be the same"),
    "near_elsewhere": N_("same name, a birth date that could be the same, another home"),
    "namesake_relative": N_("same home and name, another birth date: perhaps a relative"),
    "namesake": N_("same name and nothing else"),
    "alike": N_("names that could be the same, same birth date and home"),
    "alike_near": N_("names and birth dates that could be the same, same home"),
    "alike_sibling": N_("names that could be the same, another birth date, same home"),
    "slip_or_twin": N_("part of the name, same birth date and home: a slip or a twin"),
    "twin": N_("same home and birth date, perhaps a twin"),
    "slip_or_sibling": N_("part of the name, a birth date that could be the same, same home"),
    "near_sibling": N_("another name, a birth date that could be the same, same home"),
    "sibling": N_("same home, perhaps a brother or sister"),
    "undated": N_("same name and home, no birth date"),
    "undated_sibling": N_("another name, same home, no birth date"),
    "same_day_elsewhere": N_("another name, same birth date, another home"),
    "cousin": N_("same county and surname, perhaps a cousin"),
}


def words(comparison: str, level: str) -> str:
    """A level in the language of the moment."""
    plain, _underscore, shade = level.rpartition("_")
    if shade == "rare":
        return _("%(agreement)s, a rare name") % {"agreement": words(comparison, plain)}
    if shade == "common":
        return _("%(agreement)s, a common name") % {"agreement": words(comparison, plain)}
    special = {"household": HOME, "kin": TOGETHER}.get(comparison, {}).get(level)
    if special or (special := reasons.STATES.get(comparison, {}).get(level, ("", ""))[1]):
        return _(special)
    general = {"same": _("the same"), "unknown": _("nothing to compare"), "other": _("different")}
    return general.get(level, level.replace("_", " "))
