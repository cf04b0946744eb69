from django.urls import path

from tongxing.programme.views import closing, documents, lessons

app_name = "programme"

urlpatterns = [
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
]
