"""A file is what its content says: other kinds, programs inside, and hostile packages are refused before they are kept."""

import time
import zipfile
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.config.demo.papers import pdf
from tongxing.core.files import LARGEST, BadFile, checked, clean_name
from tongxing.core.spreadsheets import Sheet, workbook
from tongxing.programme.forms import BAD

PDF = pdf("A demonstration")
BOOK = workbook([Sheet("one", ["a", "b"], [["x", 1]])])
TYPES = '<Types><Override ContentType="application/vnd.{}.main+xml" PartName="/a.xml"/></Types>'
WORD = "openxmlformats-officedocument.wordprocessingml.document"
PNG = b"\x89PNG\r\n\x1a\n"
END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def package(parts: dict[str, str | bytes], types: str = TYPES.format(WORD)) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", types)
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xda\x00\x04\x00\x00picture\xff\xd9"


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PDF, ".pdf"),
        (BOOK, ".xlsx"),
        (package({"word/document.xml": "<a/>"}), ".docx"),
        (PNG + END, ".png"),
        (jpeg(segment(0xE0, b"JFIF\0")), ".jpg"),
        ("地区,人数\n常州,10\n".encode("gb18030"), ".csv"),
    ],
)
def test_what_is_accepted_gets_the_ending_of_its_content(content, ending):
    kept = checked("report.exe", content)
    assert kept.name == f"report{ending}"
    assert len(kept.sha256) == 64


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.4" + b" " * LARGEST, "too_large"),
        (b"MZ\x90\x00\x03program", "unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old .doc, which may run macros", "unknown"),
        (b"<!DOCTYPE html><script>alert(1)</script>, a", "markup"),
        (b"\n <svg xmlns='a' onload='b'>,</svg>", "markup"),
        (b"words without columns", "unknown"),
        (b"name,number\n\"=cmd|' /C calc'!A0\",1\n", "formula"),
        ("name,number\n＝1+1,1\n".encode(), "formula"),
        (PDF.replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (x) >>"), "macros"),
        (PDF.replace(b"/Type /Catalog", b"/Type /Catalog /AA << /S /L#61unch >>"), "macros"),
        (PDF[:-200], "broken"),
        (package({"word/vbaProject.bin": "x"}), "macros"),
        (package({"a": ""}, TYPES.format(WORD).replace("main+xml", "macroEnabled.main+xml")), "macros"),
        (package({"word/embeddings/oleObject1.bin": "x"}), "macros"),
        (
            package({"word/_rels/settings.xml.rels": '<R Type="http://x/attachedTemplate" Target="http://y"/>'}),
            "macros",
        ),
        (package({"a.rels": "<R Type='http://x/attachedTemplate' Target='http://y'/>"}), "macros"),
        (package({"A.RELS": '<R Type="http://x/&#97;ttachedTemplate" Target="http://y"/>'}), "macros"),
        (package({"a.rels": " " * 1_000_001 + '<R Type="http://x/frame" Target="http://y"/>'}), "macros"),
        (package({"a.rels": '<R Type="http://x/frame"/>'.encode("utf-16")}), "broken"),
        (package({"a.rels": '<!DOCTYPE R [<!ENTITY f "frame">]><R Type="http://x/&f;"/>'}), "broken"),
        (package({"a.txt": "no office"}, "<Types/>"), "unknown"),
        (package({"big": b"0" * 105_000_000}), "broken"),
        (package({"word/document.xml": "<a/>"})[:-40], "broken"),
        (PNG + b"\x00\x00\xff\xff", "broken"),
        (b"\xff\xd8\xff\xe0", "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_is_refused_says_why(content, code):
    with pytest.raises(BadFile) as refused:
        checked("report.pdf", content)
    assert refused.value.code == code


def test_negative_numbers_and_dashes_are_no_formulas():
    assert checked("a.csv", b"place,change\nChangzhou,-3.5\nTianjin,-\n").media_type == "text/csv"


def test_an_action_hidden_in_a_compressed_part_of_a_pdf_is_found():
    packed = zlib.compress(b"1 0 << /S /JavaScript /JS (x) >>")
    hidden = b"9 0 obj\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream\nendobj\n"
    for written in (hidden, hidden.replace(b"ObjStm", b"O#62jSt#6D")):
        with pytest.raises(BadFile, match="macros"):
            checked("a.pdf", PDF.replace(b"xref\n", written + b"xref\n"))
    harmless = hidden.replace(packed, zlib.compress(b"1 0 << /Type /Page >>"))
    assert checked("a.pdf", PDF.replace(b"xref\n", harmless + b"xref\n"))


def test_pictures_lose_place_time_and_owner():
    where = b"Exif\0\0 31.8N 119.9E"
    photo = checked("child.jpg", jpeg(segment(0xE0, b"JFIF\0"), segment(0xE1, where), segment(0xFE, b"by whom")))
    assert where not in photo.content and b"by whom" not in photo.content and b"picture" in photo.content
    drawn = checked("a.png", PNG + chunk(b"tEXt", b"Author\0somebody") + chunk(b"IDAT", b"x") + END + b"hung on behind")
    assert b"somebody" not in drawn.content and b"behind" not in drawn.content and b"IDAT" in drawn.content


def test_nothing_that_hangs_on_a_photograph_keeps_its_place():
    """Telephones hang a second picture behind, with its own place; others write between the scans."""
    where = segment(0xE1, b"Exif\0\0 31.8N 119.9E")
    scans = b"\xff\xda\x00\x04\x00\x00one\xff\x00\xff\xd0" + where + b"\xff\xda\x00\x04\x00\x00two\xff\xd9"
    mpf, colours = segment(0xE2, b"MPF\0 31.8N"), segment(0xE2, b"ICC_PROFILE\0 colours")
    own = segment(0xE0, b"JFIF\0"), colours, segment(0xEE, b"Adobe")
    photo = checked("child.jpg", b"\xff\xd8" + b"".join(own) + mpf + segment(0xF0, b"31.8N") + scans + jpeg(where))
    assert b"31.8N" not in photo.content and b"picture" not in photo.content
    assert all(part in photo.content for part in (*own, b"one\xff\x00\xff\xd0", b"two"))
    assert checked("child.jpg", photo.content) == photo


def test_a_pdf_of_many_streams_is_not_copied_for_each_of_them():
    stream = b"/ObjStm stream\n" + zlib.compress(b"/Page") + b"\n"
    content = PDF.replace(b"xref\n", stream * 1_500 + b"% " + b"x" * 9_000_000 + b"\nxref\n", 1)
    began = time.process_time()
    assert checked("a.pdf", content).media_type == "application/pdf"
    assert time.process_time() - began < 3
    with pytest.raises(BadFile, match="broken"):
        checked("a.pdf", PDF.replace(b"xref\n", stream * 2_001 + b"xref\n", 1))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\papers\\report.final.PDF", "report.final.pdf"),
        ("报告\u202efdp.exe", "报告fdp.pdf"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie x.pdf"),
        (".pdf", "document.pdf"),
        ("长" * 300, "长" * 90 + ".pdf"),
    ],
)
def test_a_name_keeps_its_last_part_and_nothing_that_deceives(name, kept):
    assert clean_name(name, ".pdf") == kept


@given(
    st.sampled_from([PDF, BOOK, package({"word/document.xml": "<a/>"}), PNG + END, jpeg(segment(0xE0, b"JFIF\0"))]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
    st.integers(0, 4000),
)
def test_a_damaged_file_is_kept_or_refused_and_never_a_fault(good: bytes, changes: list[tuple[int, int]], cut: int):
    damaged = bytearray(good)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    with suppress(BadFile):
        assert checked("a", bytes(damaged[: max(1, len(damaged) - cut)])).content


@given(st.binary(max_size=400))
def test_any_bytes_are_kept_or_refused_with_a_reason_that_the_form_can_say(content: bytes):
    with suppress(BadFile):
        assert checked("a", content).content
        return
    with pytest.raises(BadFile) as refused:
        checked("a", content)
    assert refused.value.code in BAD
