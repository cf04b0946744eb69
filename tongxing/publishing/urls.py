from django.urls import path

from tongxing.publishing import views

app_name = "publishing"

urlpatterns = [
    path("p/", views.programmes, name="programmes"),
    path("p/<str:code>/", views.factsheet, name="factsheet"),
    path("p/<str:code>/<int:number>/", views.factsheet, name="factsheet_edition"),
    path("p/<str:code>/how/<slug:measure>/", views.how, name="how"),
    path("p/<str:code>/<int:number>/how/<slug:measure>/", views.how, name="how_edition"),
    path("figures/", views.figures, name="figures"),
    path("publish/", views.editions, name="editions"),
    path("publish/draft/", views.edition_draft, name="edition_draft"),
    path("publish/<uuid:edition>/approve/", views.edition_approve, name="edition_approve"),
]
