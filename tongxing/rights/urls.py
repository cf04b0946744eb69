from django.urls import path

from tongxing.rights import papers, views

app_name = "rights"
urlpatterns = [
    path("retention/", views.retention, name="retention"),
    path("retention/nights/", views.purges, name="purges"),
    path("requests/", views.requests, name="requests"),
    path("requests/by-number/", views.request_by_number, name="request_by_number"),
    path("requests/about/<uuid:person_id>/", views.request_start, name="request_start"),
    path("requests/<uuid:request_id>/", views.request, name="request"),
    path("requests/<uuid:request_id>/rule/", views.request_rule, name="request_rule"),
    path("requests/<uuid:request_id>/second/", views.request_second, name="request_second"),
    path("requests/<uuid:request_id>/close/", views.request_close, name="request_close"),
    path("requests/<uuid:request_id>/correct/", views.request_correct, name="request_correct"),
    path("requests/<uuid:request_id>/paper/", papers.request_paper, name="request_paper"),
    path("requests/<uuid:request_id>/file/", views.request_file, name="request_file"),
    path("holds/", views.halts, name="halts"),
    path("holds/<uuid:halt_id>/end/", views.halt_end, name="halt_end"),
]
