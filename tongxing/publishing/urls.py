from django.urls import path

from tongxing.publishing.views import builder, data, figures, measures, public, records, reference, work

app_name = "publishing"

urlpatterns = [
    path("p/", public.programmes, name="programmes"),
    path("p/feed.atom", data.feed, name="feed"),
    path("p/<str:code>/", public.factsheet, name="factsheet"),
    path("p/<str:code>/feed.atom", data.feed, name="feed_programme"),
    path("p/<str:code>/editions/", public.editions, name="editions_public"),
    path("p/<str:code>/how/<slug:measure>/", public.how, name="how"),
    path("p/<str:code>/factsheet.<str:suffix>", data.latest, name="file_latest"),
    path("p/<str:code>/<int:number>/", public.factsheet, name="factsheet_edition"),
    path("p/<str:code>/<int:number>/by/", public.report_by, name="report_by"),
    path("p/<str:code>/<int:number>/by/<slug:dimension>/", public.factsheet, name="factsheet_by"),
    path("p/<str:code>/<int:number>/print/", public.printed, name="printed"),
    path("p/<str:code>/<int:number>/changes/", public.changes, name="changes"),
    path("p/<str:code>/<int:number>/how/<slug:measure>/", public.how, name="how_edition"),
    path("figures/", figures.figures, name="figures"),
    path("figures/overlap/", figures.overlap, name="overlap"),
    path("figures/measures/", builder.measures_built, name="measures_built"),
    path("figures/measures/build/", builder.measure_build, name="measure_build"),
    path("figures/measures/<uuid:stored>/use/", builder.measure_use, name="measure_use"),
    path("figures/measures/<uuid:stored>/retire/", builder.measure_retire, name="measure_retire"),
    path("figures/records/keep/", records.figure_keep, name="figure_keep"),
    path("figures/records/<uuid:figure>/", records.figure_cells, name="figure_cells"),
    path("figures/records/<uuid:figure>/<int:cell>/", records.cell_records, name="cell_records"),
    path("p/<str:code>/<int:number>/factsheet.<str:suffix>", data.file, name="file"),
    path("p/<str:code>/<int:number>/content.json", data.content, name="content"),
    path("api/", data.about, name="api"),
    path("api/openapi.json", data.openapi, name="openapi"),
    path("measures/", measures.measures, name="measures"),
    path("measures/<slug:code>/", measures.measure, name="measure"),
    path("reference/", reference.reference, name="reference"),
    path("publish/", work.editions, name="editions"),
    path("publish/draft/", work.edition_draft, name="edition_draft"),
    path("publish/<uuid:edition>/approve/", work.edition_approve, name="edition_approve"),
]
