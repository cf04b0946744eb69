from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "tongxing.programme"

    def ready(self) -> None:
        from tongxing.programme import facts  # noqa: F401  -- its kinds; models must be loaded first
