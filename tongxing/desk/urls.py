"""Addresses of the front doors."""

from django.urls import path

from tongxing.desk import first_sign_in, guides, locking, own_sign_in, problems, sign_in, today, views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("today/", today.today, name="today"),
    path("still-here/", views.still_here, name="still_here"),
    path("help/guide/<slug:role>/", guides.guide, name="guide"),
    path("glossary/", guides.glossary, name="glossary"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("report-problem/", problems.report_problem, name="report_problem"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("first/", first_sign_in.first, name="first"),
    path("first/password/", first_sign_in.first_password, name="first_password"),
    path("first/phone/", first_sign_in.first_phone, name="first_phone"),
    path("conduct/", own_sign_in.conduct, name="conduct"),
    path("own/", own_sign_in.own, name="own"),
    path("own/phone/", own_sign_in.own_phone, name="own_phone"),
    path("lock/", locking.lock, name="lock"),
    path("locked/", locking.locked, name="locked"),
]
