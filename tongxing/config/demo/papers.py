"""Sample documents, answered lessons and first ticks of the demonstration: made by us, and saying so on every page."""

import datetime

from tongxing.access.acting import Acting
from tongxing.core.files import checked
from tongxing.core.i18n import Text
from tongxing.organisations.models import Site
from tongxing.programme.actions import answer_lesson, record_lesson, tick, upload
from tongxing.programme.models import Lesson, Programme

DEMONSTRATION = {"zh": "（演示）", "en": " (demonstration)", "mn": " (жишээ)"}
DOCUMENTS = (
    ("report", "en", "2012-05-31", {"zh": "最终叙述报告", "en": "Final narrative report", "mn": "Эцсийн тайлан"}),
    (
        "procedure",
        "several",
        "2010-03-01",
        {"zh": "儿童登记规程", "en": "SOP of child registration", "mn": "Хүүхэд бүртгэх журам"},
    ),
)
LEARNED = Text(
    zh="社区中心在晚上和周末开放，外出务工的家长才来得了（演示）。",
    en="Parents who work can come when community centres open in the evening and at weekends (demonstration).",
    mn="Нийгмийн төв орой, амралтын өдөр ажиллавал ажилладаг эцэг эх ирж чадна (жишээ).",
)
ANSWER = Text(
    zh="每版概况都列出试点地区与成果对照表，年度会议逐条讨论（演示）。",
    en="Each edition carries the table of sites and outcomes; the yearly meeting goes through it (demonstration).",
    mn="Хувилбар бүрд туршилтын газар, үр дагаврын хүснэгт орж, жилийн хурлаар хэлэлцдэг (жишээ).",
)


def papers(code: str, by: Acting) -> None:
    """Two documents, one lesson of our own, one answered, the first tick of the checklist. Under the context of `by`."""
    programme = Programme.objects.get(code=code)
    for kind, language, day, title in DOCUMENTS:
        upload(
            checked(f"{kind}-demonstration.pdf", pdf(f"{title['en']} (demonstration)")),
            programme=programme,
            title=Text({tongue: f"{words}{DEMONSTRATION[tongue]}" for tongue, words in title.items()}),
            kind=kind,
            language=language,
            dated_on=datetime.date.fromisoformat(day),
            by=by,
        )
    site = Site.objects.of_programme(code).filter(slug="mdgf-changzhou").first()
    record_lesson(programme=programme, kind="lesson", text=LEARNED, site=site, by=by)
    linked = Lesson.objects.get(programme=programme, code="link-pilot-areas")
    answer_lesson(linked.pk, done=ANSWER, is_taken_up=True, by=by)
    office = "协调机构（演示），至财务关闭"
    tick("coordinator-kept", programme=programme, done_on=datetime.date(2012, 1, 20), note=office, by=by)


def pdf(line: str) -> bytes:
    """One page with one line of Latin letters in the reader's own Helvetica: the smallest true PDF."""
    words = f"BT /F1 18 Tf 60 760 Td ({line}) Tj 0 -30 Td (Not a document of the programme.) Tj ET".encode("latin-1")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
    )
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (size, table, size, len(out))
