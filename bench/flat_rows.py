"""Rows as a follow-up of ten years gives them: twenty binary covariates, two arms, times in days, many of them tied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from bench.handover import read_column

COVARIATES = 20
TEN_YEARS = 3652
NAMES = tuple(f"x{number}" for number in range(1, COVARIATES + 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatRows:
    """`design` n x 20 of 0/1, `time` n days, `event` and `arm` n of 0/1."""

    design: npt.NDArray[np.float64]
    time: npt.NDArray[np.float64]
    event: npt.NDArray[np.bool_]
    arm: npt.NDArray[np.bool_]

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """By name, whole numbers as such."""
        covariates = {name: self.design[:, index].astype(np.int32) for index, name in enumerate(NAMES)}
        outcome = {"time": self.time.astype(np.int32), "event": self.event.astype(np.int32)}
        return {**covariates, **outcome, "arm": self.arm.astype(np.int32)}

    @classmethod
    def read(cls, folder: Path) -> FlatRows:
        """What `columns` gave, column by column, so that nothing is held twice."""
        time = read_column("time", folder).astype(float)
        design = np.empty((len(time), COVARIATES))
        for index, name in enumerate(NAMES):
            design[:, index] = read_column(name, folder)
        event, arm = (read_column(name, folder).astype(bool) for name in ("event", "arm"))
        return cls(design=design, time=time, event=event, arm=arm)

    def frame(self) -> pd.DataFrame:
        """As lifelines reads it."""
        return pd.DataFrame(self.design, columns=list(NAMES)).assign(time=self.time, event=self.event)


def flat_rows(n: int, seed: int = 1) -> FlatRows:
    """Two in five treated, by the covariates; exponential deaths, losses to follow-up, an end after ten years."""
    rng = np.random.default_rng(seed)
    shares = np.linspace(0.2, 0.6, COVARIATES)
    design = (rng.random((n, COVARIATES)) < shares).astype(float)
    centred = design - shares
    arm = rng.random(n) < expit(logit(0.4) + centred @ np.tile([0.5, -0.4, 0.2, 0.0], 5))
    hazard = np.exp(centred @ np.tile([0.4, -0.3, 0.0, 0.2, -0.1], 4) - 0.3 * arm) / 2000
    death, lost = rng.exponential(1 / hazard), rng.exponential(9000, n)
    time = np.ceil(np.minimum(np.minimum(death, lost), TEN_YEARS))
    return FlatRows(design=design, time=time, event=np.ceil(death) <= time, arm=arm)
