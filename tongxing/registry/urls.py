from django.urls import path

from tongxing.registry import asking, linkage_pages, linked, review_desk, views

app_name = "registry"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("ask/", asking.ask, name="ask"),
    path("requests/", asking.requests, name="requests"),
    path("requests/<uuid:request_id>/answer/", asking.request_answer, name="request_answer"),
    path("review/", review_desk.review, name="review"),
    path("review/next/", review_desk.review_next, name="review_next"),
    path("review/<uuid:pair_id>/", review_desk.review_pair, name="review_pair"),
    path("review/<uuid:pair_id>/undo/", review_desk.review_undo, name="review_undo"),
    path("emergency/", views.emergency, name="emergency"),
    path("linkage/", linkage_pages.linking_runs, name="linking_runs"),
    path("linkage/links/", linkage_pages.links_told, name="links_told"),
    path("linkage/links/<uuid:link_id>/end/", linkage_pages.link_told_end, name="link_told_end"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<uuid:alert_id>/seen/", views.alert_seen, name="alert_seen"),
    path("<uuid:person_id>/", views.person, name="person"),
    path("<uuid:person_id>/same/", views.same_person, name="same_person"),
    path("<uuid:person_id>/links/", linked.links, name="links"),
    path("<uuid:person_id>/links/<uuid:link_id>/end/", linked.link_end, name="link_end"),
    path("<uuid:person_id>/links/<uuid:link_id>/again/", linked.link_again, name="link_again"),
    path("<uuid:person_id>/protect/", views.person_protect, name="protect"),
]
