from celery import shared_task
from django.core.management import call_command


@shared_task(name="registry.clear_sessions")
def clear_sessions() -> None:
    """Forget sessions that have expired; the login page alone never would."""
    call_command("clearsessions")


@shared_task(name="registry.check_data")
def check_data() -> None:
    """Ask every rule of every row, should a check after a write have failed."""
    call_command("check_data")
