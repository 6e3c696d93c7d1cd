"""The Celery application. Importing it connects to nothing."""

import os
import time
from pathlib import Path

from celery import Celery
from celery.signals import before_task_publish, celeryd_init, task_postrun, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")

app = Celery("registry")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

PROCESSED_KEPT_SECONDS = 600


@celeryd_init.connect
@before_task_publish.connect
def make_broker_folders(**_signal: object) -> None:
    """The filesystem transport expects its folders; whoever comes first, worker or caller, makes them."""
    for name, value in app.conf.broker_transport_options.items():
        if "folder" in name:
            Path(value).mkdir(parents=True, exist_ok=True)


@worker_ready.connect
@task_postrun.connect
def prune_processed_messages(**_signal: object) -> None:
    """The filesystem transport keeps every message that it has delivered; the run table makes them worthless."""
    processed = app.conf.broker_transport_options.get("processed_folder")
    if not processed:
        return
    oldest = time.time() - PROCESSED_KEPT_SECONDS
    for message in Path(processed).glob("*.msg"):
        try:
            if message.stat().st_mtime < oldest:
                message.unlink()
        except FileNotFoundError:
            continue
