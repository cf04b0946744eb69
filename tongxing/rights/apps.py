from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "tongxing.rights"
    label = "rights"

    def ready(self) -> None:
        from tongxing.rights import person_part

        person_part.hang()
