"""Approved editions as an Atom feed (RFC 4287): who follows a programme learns of the next edition."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.translation import gettext as _

from tongxing.core.i18n import html_tag
from tongxing.publishing.models import Edition

ATOM = "http://www.w3.org/2005/Atom"


def as_atom(title: str, editions: Iterable[Edition], *, home: str, own: str, language: str) -> bytes:
    """The feed of `editions` (approved, newest first, with programme); `home` and `own` are absolute addresses.

    An entry's id is the hash of its edition, so it stays when the site moves.
    """
    found = list(editions)
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": html_tag(language)})
    SubElement(feed, "id").text = own
    SubElement(feed, "title").text = title
    SubElement(feed, "updated").text = _moment(found[0]) if found else "1970-01-01T00:00:00+00:00"
    SubElement(feed, "link", {"rel": "self", "href": own})
    author = SubElement(feed, "author")
    SubElement(author, "name").text = "同行 Tongxing"
    for edition in found:
        entry = SubElement(feed, "entry")
        words = _("%(programme)s: edition %(number)s") % {
            "programme": edition.programme.title.spoken(language),
            "number": edition.number,
        }
        address = f"{home}{edition.programme.code}/{edition.number}/"
        SubElement(entry, "id").text = f"urn:sha256:{edition.content_hash}"
        SubElement(entry, "title").text = words
        SubElement(entry, "updated").text = _moment(edition)
        SubElement(entry, "link", {"rel": "alternate", "href": address})
        SubElement(entry, "link", {"rel": "enclosure", "type": "application/json", "href": f"{address}factsheet.json"})
        approver = SubElement(entry, "author")
        SubElement(approver, "name").text = edition.approver_name
        SubElement(entry, "summary").text = f"{words}. SHA-256 {edition.content_hash}"
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, "utf-8")


def _moment(edition: Edition) -> str:
    return edition.approved_at.isoformat() if edition.approved_at else ""
