"""Documents from the upload to the tombstone: who may, what is refused in words, what the public gets and how."""

import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from tests import world
from tongxing.config.demo.papers import pdf
from tongxing.core.files import checked
from tongxing.core.i18n import Text
from tongxing.programme.actions import Overtaken, upload, withdraw_document
from tongxing.programme.models import Document, Programme

CODE = "MDGF-1880-H-CHN"
LIST, WORK = f"/en/p/{CODE}/documents/", f"/en/programme/{CODE}/documents/"
PDF = pdf("A demonstration")


@pytest.fixture(scope="module")
def mande(house):
    return world.somebody("mande")


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


def sent(content: bytes = PDF, name: str = "report.pdf", **changed):
    form = {
        "text_zh": "报告（演示）",
        "kind": "report",
        "language": "en",
        "dated_on": "2012-05-31",
        "is_harmless": "on",
    }
    return form | {"file": SimpleUploadedFile(name, content)} | changed


def kept(by, title: str = "Report (demonstration)", replaces: Document | None = None) -> Document:
    with world.as_(by):
        return upload(
            checked("report.pdf", PDF),
            programme=Programme.objects.get(code=CODE),
            title=Text(en=title),
            kind="report",
            language="en",
            dated_on=world.TODAY,
            by=by,
            replaces=replaces,
        )


def test_an_officer_uploads_and_everybody_gets_the_file_to_save(mande):
    answer = world.client(mande).post(WORK, sent(name="../../报告.exe"))
    assert answer.status_code == 302, answer.content.decode()
    found = Document.objects.get(file_name="报告.pdf")
    page = Client().get(LIST).content.decode()
    assert f"{LIST}{found.pk}/" in page and "Monitoring and evaluation" in page and mande.name not in page
    file = Client().get(f"{LIST}{found.pk}/")
    assert file.content == PDF and hashlib.sha256(file.content).hexdigest() == found.sha256
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file["Content-Security-Policy"].startswith("sandbox")
    assert file["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"file": SimpleUploadedFile("a.pdf", b"")}, "The file is empty"),
        ({"file": SimpleUploadedFile("a.pdf", b"MZ program")}, "This is not a file that can be kept"),
        ({"file": SimpleUploadedFile("a.svg", b"<svg onload='x'>,")}, "This is a web page"),
        ({"file": SimpleUploadedFile("a.pdf", PDF + b" " * 10_500_000)}, "larger than 10 MB"),
        ({"file": ""}, "Choose a file"),
        ({"text_zh": ""}, "Give the title in one language at least"),
        ({"dated_on": "31.5.2012"}, "Write the date as"),
        ({"dated_on": "2999-01-01"}, "The date lies in the future"),
        ({"kind": "poem"}, "poem"),
        ({"is_harmless": ""}, "Read the file first"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_and_nothing_is_kept(mande, changed, words):
    before = Document.objects.count()
    answer = world.client(mande).post(WORK, sent(**changed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Document.objects.count() == before


def test_a_body_larger_than_any_file_is_read_past_and_said_to_be_too_large(mande):
    huge = SimpleUploadedFile("a.pdf", PDF + b" " * 12_000_000)
    answer = world.client(mande).post(WORK, sent(file=huge))
    assert answer.status_code == 422 and "larger than 10 MB" in answer.content.decode()


def test_a_title_in_one_language_is_shown_in_the_others_and_marked(mande):
    world.client(mande).post(WORK, sent(text_zh="只有中文的标题（演示）"))
    assert '<span lang="zh-Hans">只有中文的标题（演示）</span>' in Client().get(LIST).content.decode()


def test_the_next_version_takes_the_place_of_the_last(mande, coordinator):
    first = kept(mande, "Versions (demonstration)")
    client = world.client(coordinator)
    assert "Versions (demonstration)" in client.get(f"{WORK}?replaces={first.pk}").content.decode()
    assert client.post(WORK, sent(replaces=str(first.pk))).status_code == 302
    programme = Programme.objects.get(code=CODE)
    second = Document.objects.of(programme).newest().get(series=first.series)
    assert (second.version, second.uploader_role) == (2, "coordinator")
    late = client.post(WORK, sent(replaces=str(first.pk)))
    assert late.status_code == 422 and "Another version came first" in late.content.decode()
    with pytest.raises(Overtaken):
        kept(mande, replaces=first)


def test_what_is_to_be_replaced_is_a_document_of_this_programme(mande):
    client = world.client(mande)
    foreign = kept(mande)
    assert client.get(f"{WORK}?replaces=nonsense").status_code == 404
    assert client.get(f"/en/programme/UNESCO-UPAM/documents/?replaces={foreign.pk}").status_code == 404
    assert Client().get(f"/en/p/UNESCO-UPAM/documents/{foreign.pk}/").status_code == 404


def test_a_withdrawn_document_leaves_its_line_and_no_content(mande, coordinator, house):
    document = kept(mande, "Withdrawn (demonstration)")
    address = f"{WORK}{document.pk}/withdraw/"
    client = world.client(coordinator)
    assert "removed for good" in client.get(address).content.decode()
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "A wrong file"}).status_code == 302
    assert client.post(address, {"reason": "Another reason"}).status_code == 302, "pressed twice"
    gone = Client().get(f"{LIST}{document.pk}/")
    assert gone.status_code == 410 and "A wrong file" in gone.content.decode()
    assert document.sha256 in gone.content.decode() and PDF[:40].decode() not in gone.content.decode()
    assert "A wrong file" in Client().get(LIST).content.decode()
    [(content,)] = house.sql("tx_owner", "select content from programme_document where id = %s", [document.pk])
    assert content is None


def test_an_earlier_version_is_the_newest_again_when_the_last_is_withdrawn(mande):
    first = kept(mande, "Came back (demonstration)")
    second = kept(mande, "Came back (demonstration)", replaces=first)
    with world.as_(mande):
        withdraw_document(second.pk, reason="a mistake", by=mande)
    programme = Programme.objects.get(code=CODE)
    assert Document.objects.of(programme).newest().get(series=first.series).pk == first.pk
    assert kept(mande, replaces=first).version == 3, "the number of a withdrawn version is not used again"


def test_lists_never_load_the_files(mande, django_assert_max_num_queries):
    kept(mande)
    with django_assert_max_num_queries(12) as asked:
        Client().get(LIST)
    assert not [query for query in asked.captured_queries if '"programme_document"."content"' in query["sql"]]


def test_a_desk_uploads_nothing_and_the_database_agrees(desk, mande):
    assert world.client(desk).get(WORK).status_code == 404
    assert world.client(desk).post(WORK, sent()).status_code == 404
    with pytest.raises(PermissionDenied):
        kept(desk)
    document = kept(mande)
    with world.as_(desk):
        assert Document.objects.filter(pk=document.pk).update(withdrawn_reason="x") == 0
    columns = "insert into programme_document select * from programme_document limit 1"
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
        world.as_(desk),
        connection.cursor() as cursor,
    ):
        cursor.execute(columns)


def test_nobody_changes_a_file_that_was_uploaded(mande):
    document = kept(mande)
    with world.as_(mande):
        for column in ("sha256", "title", "version"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                Document.objects.filter(pk=document.pk).update(**{column: getattr(document, column)})
        with pytest.raises(DatabaseError, match="programme_document_there_or_withdrawn"), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(content=None)
