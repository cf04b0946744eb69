"""The frame: public and work are not to be mistaken for one another; refused and absent are."""

import re
import uuid
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils import translation

from tongxing.access.acting import Acting
from tongxing.desk import errors
from tongxing.desk.frame import frame, language_tag

LANGUAGES = ("zh-hans", "en", "mn")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_home_opens_in_every_language(db: None, client: Client, language: str) -> None:
    page = client.get(f"/{language}/")
    html = page.content.decode()
    assert page.status_code == 200
    assert f'<html lang="{language_tag(language)}">' in html
    assert re.search(r'<body class="tx-public"', html)
    assert f'href="/{"en" if language != "en" else "mn"}/"' in html


def test_no_page_links_to_nothing(db: None, client: Client) -> None:
    html = client.get("/en/").content.decode()
    assert not re.search(r'(href|action)="(#?)"', html)


def test_refused_and_absent_look_the_same(db: None) -> None:
    request = RequestFactory().get("/en/people/x/")
    request.acting, request.request_id, request.resolver_match = None, "same", None  # type: ignore[attr-defined]
    with translation.override("en"):
        refused, absent = errors.not_here(request, PermissionDenied()), errors.not_here(request, Http404())
    assert (refused.status_code, refused.content) == (absent.status_code, absent.content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_broken_page_needs_neither_database_nor_request_context(language: str) -> None:
    request = RequestFactory().get("/")
    request.request_id = "ab12cd34ef56"  # type: ignore[attr-defined]
    with translation.override(language):
        page = errors.broken(request)
    html = page.content.decode()
    assert page.status_code == 500
    assert "ab12cd34ef56" in html
    assert f'<html lang="{language_tag(language)}">' in html


@pytest.mark.parametrize("status", [400, 403, 404])
def test_every_problem_says_that_nothing_was_changed_or_what_to_do(status: int) -> None:
    with translation.override("en"):
        html = get_template(f"{status}.html").render({})
    assert re.search(r"Nothing|wait", html)


def test_the_frame_at_work_says_who_acts_and_as_what() -> None:
    request = RequestFactory().get("/en/")
    request.resolver_match = None
    request.acting = Acting(uuid.uuid4(), "王前台（演示）", "front_desk", uuid.uuid4())  # type: ignore[attr-defined]
    request.centre = SimpleNamespace(name="Changzhou (demonstration)")  # type: ignore[attr-defined]
    with translation.override("en"):
        shown = frame(request)
        assert str(shown["acting_role"]) == "Front desk"
        assert shown["acting_centre"] == "Changzhou (demonstration)"
        assert shown["search_url"] == "/en/people/search/"
