"""Keeping bytes once under their hash, in PostgreSQL or, where they are large, in Django's storage."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from analyses.models import Artifact, Blob, Run

DATABASE_LIMIT_BYTES = 64 * 2**20
_OUR_TYPES = {".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".svg": "image/svg+xml"}


def keep(run: Run, files: Mapping[str, bytes]) -> dict[str, Artifact]:
    """Store the files of a run under their names; to be called inside the transaction that makes them its own."""
    blobs = {name: _blob(content) for name, content in files.items()}
    Blob.objects.bulk_create({blob.sha256: blob for blob in blobs.values()}.values(), ignore_conflicts=True)
    made = Artifact.objects.bulk_create(
        Artifact(run=run, name=name, media_type=media_type(name), blob_id=blob.sha256) for name, blob in blobs.items()
    )
    return {artifact.name: artifact for artifact in made}


def media_type(name: str) -> str:
    ending = name[name.rfind(".") :]
    return _OUR_TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _blob(content: bytes) -> Blob:
    sha256 = hashlib.sha256(content).hexdigest()
    if len(content) <= DATABASE_LIMIT_BYTES:
        return Blob(sha256=sha256, size=len(content), content=content)
    place = f"artifacts/{sha256[:2]}/{sha256}"
    # The name is the content: a file that stands there already, from this or a lost attempt, is the same file.
    if not default_storage.exists(place):
        place = default_storage.save(place, ContentFile(content))
    return Blob(sha256=sha256, size=len(content), stored_as=place)
