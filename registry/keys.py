"""Secrets: from the environment, or made once for the demo.

A registry that holds real people gets its keys from its operator. Without them only demo mode starts, on keys that are
made at first use and kept in `var/` readable by their owner alone.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

REQUIRED = ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY")


@dataclass(frozen=True)
class Keys:
    """`field_keys` are Fernet keys, the current one first; older ones only read."""

    secret_key: str
    field_keys: tuple[str, ...]
    blind_index_key: str


def from_environment() -> Keys:
    missing = [name for name in REQUIRED if not os.environ.get(name)]
    if missing:
        raise ImproperlyConfigured(
            f"{', '.join(missing)} not set: a registry outside demo mode takes its keys from the environment. "
            "Set them, or DEMO=1 to try the registry with invented data."
        )
    field_keys = tuple(key.strip() for key in os.environ["FIELD_KEYS"].split(",") if key.strip())
    for position, key in enumerate(field_keys, start=1):
        _refuse_bad_fernet_key(key, position)
    return Keys(os.environ["SECRET_KEY"], field_keys, os.environ["BLIND_INDEX_KEY"])


def for_demo(var_dir: Path) -> Keys:
    """The demo's own keys. What the environment names still wins."""
    stored = _read_or_make(var_dir / "demo_keys.json")
    return Keys(
        os.environ.get("SECRET_KEY") or stored["secret_key"],
        tuple(filter(None, os.environ.get("FIELD_KEYS", "").split(","))) or (stored["field_key"],),
        os.environ.get("BLIND_INDEX_KEY") or stored["blind_index_key"],
    )


def _refuse_bad_fernet_key(key: str, position: int) -> None:
    try:
        Fernet(key)
    except ValueError:
        raise ImproperlyConfigured(
            f"FIELD_KEYS: key {position} is not a Fernet key (32 bytes, URL-safe base64). "
            'Make one with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        ) from None


def _read_or_make(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {
            "secret_key": secrets.token_urlsafe(50),
            "field_key": Fernet.generate_key().decode(),
            "blind_index_key": secrets.token_urlsafe(32),
        }
        _write_if_absent(path, json.dumps(made, indent=1))
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def _write_if_absent(path: Path, text: str) -> None:
    """Whole or not at all, and the first of two processes wins: a key that changes would lock its data."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
