from django.urls import path

from tongxing.organisations import views

app_name = "organisations"
urlpatterns = [path("find/", views.find, name="find")]
