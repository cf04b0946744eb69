"""An edition as a file for somebody who asks on the command line: which edition a date means, and a page for the disk."""

import datetime
import re
from importlib.resources import files

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from tongxing.core.i18n import html_tag
from tongxing.programme.models import Programme
from tongxing.publishing import actions, factsheet, pages
from tongxing.publishing.formats import FILES
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Factsheet

FORMATS = ("html", *FILES)
LINK = re.compile(r'<a\b[^>]*href="/[^"]*"[^>]*>(.*?)</a>', re.S)
NOT_ON_DISK = re.compile(
    r'<link rel="(?:icon|stylesheet)"[^>]*>|<script.*?</script>|<header.*?</header>|<nav.*?</nav>|<button.*?</button>',
    re.S,
)


def meant(code: str, as_of: datetime.date | None) -> tuple[Factsheet, Edition | None]:
    """The approved edition made as of that day (none given: the latest); else an unapproved draft of what was known then.

    Raises Programme.DoesNotExist, ValueError for a day that has not come.
    """
    programme = Programme.objects.get(code=code)
    editions = Edition.objects.of(code).approved().select_related("programme")
    found = next(
        (one for one in editions if as_of is None or one.as_of.astimezone(factsheet.ZONE).date() == as_of), None
    )
    if found is not None:
        return actions.sheet(found), found
    now = timezone.now()
    moment = now
    if as_of is not None:
        if as_of > now.astimezone(factsheet.ZONE).date():
            raise ValueError(f"{as_of} has not come yet")
        end = datetime.datetime.combine(as_of, datetime.time.max, factsheet.ZONE)
        moment = min(end, now)
    return factsheet.build(programme.code, as_of=moment, until=as_of), None


def written(sheet: Factsheet, edition: Edition | None, form: str) -> bytes:
    """The edition in one of FORMATS, in the language that is active."""
    if form == "html":
        frame = {
            "language_tag": html_tag(get_language() or "en"),
            "is_demo": settings.DEMO,
            "is_training": settings.TRAINING,
        }
        return _on_disk(render_to_string("publishing/printed.html", pages.whole(sheet, edition) | frame)).encode()
    return FILES[form][1](sheet, edition)


def _on_disk(page: str) -> str:
    """The page with its styles inside and nothing that only a server could answer."""
    styles = (files("tongxing") / "static" / "tongxing.css").read_text("utf-8")
    page = LINK.sub(r"\1", NOT_ON_DISK.sub("", page))
    return page.replace("</head>", f"<style>{styles}</style></head>", 1)
