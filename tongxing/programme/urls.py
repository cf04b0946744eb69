from django.urls import path

from tongxing.programme.views import closing, documents, framework, lessons, reports, sheets, voice_public, voices

app_name = "programme"

urlpatterns = [
    path("results/", framework.framework, name="framework"),
    path("results/<uuid:indicator_id>/", framework.indicator, name="indicator"),
    path("reports/", framework.calendar, name="calendar"),
    path("reports/start/", reports.report_start, name="report_start"),
    path("reports/<uuid:report_id>/", reports.report, name="report"),
    path("reports/<uuid:report_id>/copy/", reports.report_copy, name="report_copy"),
    path("reports/<uuid:report_id>/submit/", reports.report_submit, name="report_submit"),
    path("reports/<uuid:report_id>/review/", reports.report_review, name="report_review"),
    path("reports/<uuid:report_id>/accept/", reports.report_accept, name="report_accept"),
    path("reports/<uuid:report_id>/comment/", reports.report_comment, name="report_comment"),
    path("reports/<uuid:report_id>/correct/", reports.report_correct, name="report_correct"),
    path("reports/<uuid:report_id>/workbook/", sheets.report_sheet, name="report_sheet"),
    path("reports/<uuid:report_id>/upload/", sheets.report_upload, name="report_upload"),
    path("p/<str:code>/documents/", documents.documents, name="documents"),
    path("p/<str:code>/documents/<uuid:document>/", documents.document, name="document"),
    path("programme/", documents.programmes, name="programmes"),
    path("programme/<str:code>/documents/", documents.document_upload, name="document_upload"),
    path(
        "programme/<str:code>/documents/<uuid:document>/withdraw/",
        documents.document_withdraw,
        name="document_withdraw",
    ),
    path("programme/<str:code>/lessons/", lessons.lesson_list, name="lesson_list"),
    path("programme/<str:code>/lessons/<uuid:lesson>/", lessons.lesson_answer, name="lesson_answer"),
    path("programme/<str:code>/closing/", closing.closing, name="closing"),
    path("voice/", voice_public.voice_say, name="voice_say"),
    path("voice/answer/", voice_public.voice_answer, name="voice_answer"),
    path("voice/paper/", voice_public.voice_paper, name="voice_paper"),
    path("voice/what-changed/", voices.what_changed, name="what_changed"),
    path("voice/take/", voices.voice_take, name="voice_take"),
    path("voices/", voices.voice_list, name="voice_list"),
    path("voices/changes/", voices.voice_changes, name="voice_changes"),
    path("voices/changes/<uuid:change_id>/approve/", voices.voice_change_approve, name="voice_change_approve"),
    path("voices/numbers/", voices.voice_numbers_publish, name="voice_numbers_publish"),
    path("voices/<uuid:voice_id>/", voices.voice, name="voice"),
]
