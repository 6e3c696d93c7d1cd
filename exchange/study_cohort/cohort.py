"""The whole cohort from one seed: 355 eligible and 391 other patients as records."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from exchange.study_cohort import (
    baseline_chart,
    ineligible,
    outcome_chart,
    overall,
    profiles,
    progression,
    toxicity_chart,
    treatment_chart,
)
from exchange.study_cohort.records import Records
from exchange.study_cohort.story import Story, Writer


def draw(seed: int) -> Records:
    """The cohort of ``seed`` (0 or more) as rows of the registry's tables; the same seed gives the same rows."""
    rng = np.random.default_rng(seed)
    table = _everybody(rng)
    writer = Writer(Records(), rng)
    rows: Iterable[Any] = table.itertuples(index=False)
    for position, row in enumerate(rows):
        story = _story(position, row)
        writer.records.add("patient", **baseline_chart.patient(writer, row, np.datetime64(row.diagnosed, "D")))
        sites = baseline_chart.write(writer, story, row.chart_note)
        treatment_chart.write(writer, story, sites)
        outcome_chart.write(writer, story)
        toxicity_chart.write(writer, story)
    return writer.records


def _everybody(rng: np.random.Generator) -> pd.DataFrame:
    """Characteristics and days of all patients, eligible and not in one random order."""
    eligible = profiles.eligible(rng).assign(pct=True, rt=True, chart_note="")
    death, censoring = overall.survival(rng, eligible)
    local, distant = progression.progressions(rng, eligible, death, censoring)
    eligible = eligible.assign(death=death, censoring=censoring, locoregional=local, distant=distant)
    other, death, censoring, local, distant = ineligible.ineligible(rng)
    note = [f"Outside the study: {ineligible.REASONS[reason][1]} (invented)." for reason in other["reason"]]
    other = other.assign(death=death, censoring=censoring, locoregional=local, distant=distant, chart_note=note)
    together = pd.concat([eligible, other], ignore_index=True)
    for name in ("concurrent", "reason"):
        together[name] = pd.Series([None if pd.isna(value) else value for value in together[name]], dtype=object)
    return together.iloc[rng.permutation(len(together))]


def _story(position: int, row: Any) -> Story:
    zero = np.datetime64(row.diagnosed, "D") + np.timedelta64(int(row.shown_after), "D")
    return Story(
        position=position,
        row=row,
        zero=zero,
        death=float(row.death),
        censoring=float(row.censoring),
        locoregional=float(row.locoregional),
        distant=float(row.distant),
    )


def reasons() -> Iterator[tuple[str, int]]:
    """The sentence for each reason of exclusion, with its number of patients."""
    for number, sentence in ineligible.REASONS.values():
        yield sentence, number
