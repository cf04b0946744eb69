from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "tongxing.casework"
    label = "casework"

    def ready(self) -> None:
        from tongxing.casework import facts, views  # noqa: F401  -- models must be loaded first
        from tongxing.procedures.views.received import ON_ACCEPTED

        ON_ACCEPTED["deliver"] = views.deliver_part
