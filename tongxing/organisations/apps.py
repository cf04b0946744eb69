from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "tongxing.organisations"
    label = "organisations"
