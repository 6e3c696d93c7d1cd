"""A computation whose numbers are compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from analyses.verification.check import Numbers

Method = Callable[..., Any]


class Key(NamedTuple):
    """By what a case finds its references."""

    method: str
    data: str
    variant: str


@dataclass(frozen=True, slots=True)
class Case:
    """What our functions `methods` give for the data set `data`, by name of the number; the first method names the
    case, the others take part. `variant` tells apart several cases of one method and data set."""

    data: str
    methods: tuple[Method, ...]
    compute: Callable[[pd.DataFrame], Numbers]
    variant: str = ""

    @property
    def key(self) -> Key:
        return Key(self.methods[0].__name__, self.data, self.variant)
