from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FactsConfig(AppConfig):
    name = "tongxing.facts"

    def ready(self) -> None:
        """Every context declares its kinds in its own `facts.py`; measures that officers built join the shipped ones."""
        autodiscover_modules("facts")
        from tongxing.facts import known, measures  # tables exist now

        measures.SOURCES.append(known.built)
