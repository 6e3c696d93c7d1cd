"""An order for units with equal scores that does not depend on their rows in a table."""

from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import IntArray


def tie_order(length: int, ids: ArrayLike | None, seed: int | None) -> IntArray:
    """One key per row by which ties are ordered.

    Without `ids` the key is the row number, so ties keep the order of the table. With `ids` (one distinct label per
    patient) it is the rank of blake2b(f"{seed}:{id}", 8 bytes, big-endian): the same patients in any row order get
    the same order, another seed gives another one. Without a seed, seed 0 is taken. A number and its text are one id.
    """
    if ids is None:
        return np.arange(length)
    texts = [str(item) for item in np.asarray(ids).tolist()]
    if len(texts) != length:
        raise checks.LengthMismatch(f"ids has {len(texts)} entries where {length} are needed.")
    if len(set(texts)) != length:
        raise checks.BadValue("ids are not distinct; give each patient one number of its own.")
    prefix = f"{seed or 0}:"
    digests = b"".join(blake2b((prefix + text).encode(), digest_size=8).digest() for text in texts)
    rank = np.empty(length, dtype=np.int64)
    rank[np.argsort(np.frombuffer(digests, dtype=">u8"), kind="stable")] = np.arange(length)
    return rank
