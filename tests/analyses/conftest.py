from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.analyses.world import World


@pytest.fixture
def world(db: None) -> World:
    # Models can be imported only once the settings stand, which is after this file is read.
    from tests.analyses.world import build

    return build()
