from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "tongxing.access"
    label = "access"
