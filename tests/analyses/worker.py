"""The registry's Celery application as test workers run it: everything is real but the records, for which a synthetic
dataset stands in, so that a study of any length can be had in an empty database, and the drawing of figures. Chunks
take some seconds more than they need, so that a worker can be hit in the midst of one.

    celery -A tests.analyses.worker worker
"""

import json
import os
import time

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

    dataset, compute = synthetic_dataset(300, seed=1), execution.compute_chunk

    def compute_slowly(*args: object) -> object:
        time.sleep(float(os.environ["TEST_CHUNK_SECONDS"]))
        return compute(*args)

    execution.derive = lambda frames, parameters: dataset
    execution.compute_chunk = compute_slowly
    execution.render_report = lambda result, **options: {"result.json": json.dumps(result.to_json()).encode()}
