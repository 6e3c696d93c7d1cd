from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TreatmentsConfig(AppConfig):
    name = "treatments"

    def ready(self) -> None:
        from treatments import catalogue, classification, quality  # models can be imported only when the apps are ready

        classification.declare()
        quality.declare()
        post_migrate.connect(catalogue.ensure, sender=self)
