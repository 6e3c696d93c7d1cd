"""Adverse events as one long table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.derivation.course import Course

# Effects that begin more than 90 days after the start of RT are late ones (RTOG/EORTC).
LATE_AFTER_DAYS = 90


def toxicity(course: Course) -> pd.DataFrame:
    """Columns patient, term, grade (1-5), phase ('PCT', 'RT', 'late'), one row per adverse event until the cut-off.

    Where the phase is not recorded it follows from the onset: PCT from its start until RT starts, RT in the 90 days
    from its start, late after them. 'unknown' where the onset does not tell.
    """
    events = course.rows("adverseevent")
    onset = events.day("onset")
    pct, rt = course.pct_start.day[events.at], course.rt_start.day[events.at]
    late = rt + np.timedelta64(LATE_AFTER_DAYS, "D")
    phase = np.select(
        [
            events.is_("phase", "pct"),
            events.is_("phase", "rt"),
            events.is_("phase", "late"),
            onset > late,
            onset >= rt,
            onset >= pct,
        ],
        ["PCT", "RT", "late", "late", "RT", "PCT"],
        default="unknown",
    )
    return pd.DataFrame(
        {
            "patient": course.numbers[events.at],
            "term": events.frame["term"].astype(object).to_numpy(),
            "grade": events.number("grade").astype(np.int64),
            "phase": phase.astype(object),
        }
    )
