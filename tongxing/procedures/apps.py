from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "tongxing.procedures"
    label = "procedures"

    def ready(self) -> None:
        from tongxing.procedures import facts, person_part  # noqa: F401  -- models must be loaded first

        person_part.hang()
