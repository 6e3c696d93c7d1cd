from importlib import import_module

from django.apps import AppConfig

from registry import quick_migrations


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        quick_migrations.install()
        # Shared tasks find their broker only once the Celery app exists, in the web process as in the worker.
        import_module("registry.celery")
