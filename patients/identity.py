"""Encryption of who a patient is: a key per person, wrapped by the field keys of the environment.

Erasing the person's key makes every copy of the values unreadable at once: the row, its copies in the trail, and
those in backups. Look-up is by blind index, a keyed hash of the normalised value, so that it needs no decryption.
"""

import hashlib
import hmac
import unicodedata

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def wrapping() -> MultiFernet:
    """The field keys; the first wraps, all unwrap, so that keys can be rotated."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def new_wrapped_key() -> bytes:
    """A new person's key, wrapped."""
    return wrapping().encrypt(Fernet.generate_key())


def rewrap(wrapped: bytes) -> bytes:
    """The same key, wrapped by the current field key."""
    return wrapping().rotate(wrapped)


def encrypt(text: str, wrapped: bytes) -> bytes:
    """Encrypt one value under the person's key."""
    return Fernet(wrapping().decrypt(wrapped)).encrypt(text.encode())


def decrypt(token: bytes, wrapped: bytes) -> str:
    """Decrypt one value under the person's key."""
    return Fernet(wrapping().decrypt(wrapped)).decrypt(token).decode()


def blind_index(text: str) -> str:
    """Keyed hash of a number with case, width and separators folded, for exact look-up."""
    folded = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
    return hmac.new(settings.BLIND_INDEX_KEY.encode(), folded.encode(), hashlib.sha256).hexdigest()
