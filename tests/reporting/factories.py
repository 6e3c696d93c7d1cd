"""Small values with numbers that can be read in full, where a test asserts exact strings."""

from __future__ import annotations

from analyses.pipeline.results import (
    Arm,
    BalanceResult,
    BalanceRow,
    Curve,
    GroupSurvival,
    HazardRatio,
    Interval,
    NumericSummary,
    Rate,
    RateDifference,
    SubgroupRow,
    SubgroupsResult,
    SubgroupVariable,
    SurvivalComparison,
    Table1Level,
    Table1Result,
    Table1Row,
    Test,
)

ARMS = (Arm(level="PCT+RT", label="PCT+RT", n=192), Arm(level="PCT+CCRT", label="PCT+CCRT", n=163))


def hazard_ratio(method: str = "pair-robust", **given: float) -> HazardRatio:
    values = {"hr": 0.668, "lower": 0.4612, "upper": 0.9666, "p": 0.0334, "log_hr": -0.4035, "se": 0.189} | given
    return HazardRatio(label="PCT+CCRT", method=method, n=268, events=116, **values)


def group(label: str, at_risk: tuple[int, ...], *, ends: float = 30.0) -> GroupSurvival:
    """Two deaths and one censored patient, drawn; the counts are what the tables print."""
    curve = Curve(
        time=(5.0, 20.0),
        survival=(0.9, 0.557),
        lower=(0.8, 0.465),
        upper=(1.0, None),
        censored=(10.0, ends),
        censored_survival=(0.9, 0.557),
    )
    return GroupSurvival(
        label=label,
        n=at_risk[0],
        events=49,
        curve=curve,
        rates=(
            Rate(months=12.0, survival=0.557, se=0.05, lower=0.465, upper=0.6674, at_risk=at_risk[1]),
            Rate(months=60.0, survival=None, se=None, lower=None, upper=None, at_risk=0),
        ),
        median=Interval(estimate=40.13, lower=36.2, upper=None),
        follow_up=Interval(estimate=50.84, lower=47.0, upper=55.19),
        at_risk=at_risk,
        rmst=None,
    )


def comparison(**given: object) -> SurvivalComparison:
    values: dict[str, object] = {
        "endpoint": "os",
        "label": "Overall survival",
        "population": "matched",
        "title": "Overall survival, matched patients",
        "groups": (group("PCT+RT", (134, 107, 83)), group("PCT+CCRT", (133, 117, 105))),
        "at_risk_times": (0.0, 12.0, 24.0),
        "differences": (RateDifference(months=12.0, difference=Interval(estimate=0.1674, lower=-0.012, upper=0.321)),),
        "logrank": Test(method="log-rank", p=0.0341),
        "hazard_ratio": hazard_ratio("model", lower=0.45, upper=0.99, p=0.0449),
        "robust": hazard_ratio(),
        "ph_p": 0.31,
        "follow_up": Interval(estimate=50.8, lower=None, upper=None),
        "rmst_tau": 24.0,
        "rmst_difference": Interval(estimate=1.25, lower=-0.5, upper=3.0),
    }
    return SurvivalComparison(**(values | given))


def table1(p: float | None = 0.0004) -> Table1Result:
    rows = (
        Table1Row(
            variable="sex",
            label="Sex",
            unit="",
            levels=(
                Table1Level(level="Male", counts=(163, 141), percents=(84.896, 86.503)),
                Table1Level(level="Female", counts=(29, 22), percents=(15.104, 13.497)),
            ),
            numeric=(),
            missing=(0, 0),
            test=Test(method="Pearson chi-square with Yates correction", p=p),
            smd=-0.0459,
        ),
        Table1Row(
            variable="age",
            label="Age",
            unit="years",
            levels=(),
            numeric=(
                NumericSummary(n=192, mean=46.0, sd=10.0, median=45.5, q1=38.0, q3=53.25),
                NumericSummary(n=0, mean=None, sd=None, median=None, q1=None, q3=None),
            ),
            missing=(0, 163),
            test=Test(method="no test", p=None, note="One group is empty."),
            smd=None,
        ),
    )
    return Table1Result(
        title="Before matching",
        columns=("PCT+RT", "PCT+CCRT"),
        denominators=(192, 163),
        rows=rows,
        smd_denominator="pooled SD",
    )


def balance() -> BalanceResult:
    rows = tuple(
        BalanceRow(
            variable="sex",
            label="Sex",
            level=level,
            smd_before=sign * 0.3,
            smd_after=sign * after,
            variance_ratio_before=None,
            variance_ratio_after=None,
            in_score=True,
            passes=abs(after) <= 0.1,
        )
        for level, sign, after in (("Male", 1, 0.05), ("Female", -1, 0.15))
    )
    return BalanceResult(
        denominator="SD of the treated",
        smd_threshold=0.1,
        variance_ratio_limits=(0.5, 2.0),
        rows=rows,
        largest_before=0.3,
        largest_after=0.15,
        passes=False,
        sentence="1 of 2 levels is not balanced.",
    )


def subgroups() -> SubgroupsResult:
    rows = (
        SubgroupRow(
            level="Oligo", n=(60, 68), events=(30, 20), hazard_ratio=hazard_ratio("model"), largest_smd=0.2, note=""
        ),
        SubgroupRow(
            level="Multiple", n=(20, 15), events=(2, 1), hazard_ratio=None, largest_smd=None, note="fewer than 5 events"
        ),
    )
    variable = SubgroupVariable(
        variable="lesions", label="Metastatic lesions", rows=rows, interaction=Test(method="Wald", p=0.412)
    )
    return SubgroupsResult(
        endpoint="os",
        population="matched",
        overall=hazard_ratio("model"),
        variables=(variable,),
        comparisons=1,
        statement="Not corrected for multiplicity.",
    )
