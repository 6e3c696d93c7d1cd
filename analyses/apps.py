from django.apps import AppConfig


class AnalysesConfig(AppConfig):
    name = "analyses"
    verbose_name = "Analyses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only when the apps are ready.
        from analyses import impact, tasks
        from patients.actions.ranks import rank_by

        rank_by(impact.costs, tell=tasks.ring_to_rank)
