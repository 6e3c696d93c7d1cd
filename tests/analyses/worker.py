"""The registry's Celery application as test workers run it: everything is real but the records, for which a synthetic
dataset stands in, so that a study of any length can be had in an empty database, and the drawing of figures.

    celery -A tests.analyses.worker worker
"""

import json
import os

import django
from celery.signals import worker_init

from registry.celery import app

__all__ = ["app"]
app.conf.task_default_queue = os.environ["TEST_QUEUE"]


@worker_init.connect
def use_synthetic_dataset(**_signal: object) -> None:
    django.setup()
    from analyses import execution
    from tests.pipeline.factories import synthetic_dataset

    dataset = synthetic_dataset(300, seed=1)
    execution.derive = lambda frames, parameters: dataset
    execution.render_report = lambda result, **options: {"result.json": json.dumps(result.to_json()).encode()}
