from django.urls import path

from tongxing.casework import views

app_name = "casework"
urlpatterns = [
    path("cases/<uuid:registration_id>/assess/", views.assess_needs, name="assess"),
    path("referrals/<uuid:referral_id>/deliver/", views.deliver_service, name="deliver"),
]
