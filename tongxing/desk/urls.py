"""Addresses of the front doors."""

from django.urls import path

from tongxing.desk import problems, sign_in, today, views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("today/", today.today, name="today"),
    path("still-here/", views.still_here, name="still_here"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("report-problem/", problems.report_problem, name="report_problem"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
