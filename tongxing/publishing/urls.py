from django.urls import path

from tongxing.publishing.views import public, reference, work

app_name = "publishing"

urlpatterns = [
    path("p/", public.programmes, name="programmes"),
    path("p/<str:code>/", public.factsheet, name="factsheet"),
    path("p/<str:code>/<int:number>/", public.factsheet, name="factsheet_edition"),
    path("p/<str:code>/how/<slug:measure>/", public.how, name="how"),
    path("p/<str:code>/<int:number>/how/<slug:measure>/", public.how, name="how_edition"),
    path("reference/", reference.reference, name="reference"),
    path("figures/", work.figures, name="figures"),
    path("publish/", work.editions, name="editions"),
    path("publish/draft/", work.edition_draft, name="edition_draft"),
    path("publish/<uuid:edition>/approve/", work.edition_approve, name="edition_approve"),
]
