from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FactsConfig(AppConfig):
    name = "tongxing.facts"

    def ready(self) -> None:
        """Every context declares its kinds in its own `facts.py`; all are known before the first fact is recorded."""
        autodiscover_modules("facts")
