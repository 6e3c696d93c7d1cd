"""The whole study: a dataset and a spec in, a result out. Each line is a step of the protocol; each step has its
module."""

from __future__ import annotations

from collections.abc import Mapping

from analyses.pipeline.chunks import ChunkOutcome, ChunkTask, gather
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import arms, select_cohort
from analyses.pipeline.steps.combinations import combine
from analyses.pipeline.steps.competing import competing_risks
from analyses.pipeline.steps.curves import survival_by_arm
from analyses.pipeline.steps.diagnostics import Findings, diagnose, warnings_of
from analyses.pipeline.steps.imputation import pooled_effects
from analyses.pipeline.steps.landmarks import landmark_analyses
from analyses.pipeline.steps.manifest import make_manifest
from analyses.pipeline.steps.methods_compared import effects_by_method
from analyses.pipeline.steps.pairing import balanced_on, pair_arms
from analyses.pipeline.steps.prognostic import prognostic_factors
from analyses.pipeline.steps.resampling import stability
from analyses.pipeline.steps.second_opinion import second_opinion
from analyses.pipeline.steps.sensitivity import sensitivity_analyses
from analyses.pipeline.steps.stages import Progress, Stages
from analyses.pipeline.steps.subgroups import subgroup_effects
from analyses.pipeline.steps.table1 import table1_after, table1_before
from analyses.pipeline.steps.time_dependent import time_dependent_effects
from analyses.pipeline.steps.toxicity import toxicity_table


def run_study(
    dataset: Dataset,
    spec: StudySpec,
    *,
    chunks: Mapping[ChunkTask, ChunkOutcome] | None = None,
    progress: Progress = lambda stage, fraction: None,
) -> StudyResult:
    """Raises `InvalidValueError` when the spec does not fit the dataset, `StudyError` when a stage cannot be done;
    `progress(stage, fraction)` may raise to end the run. `chunks` holds the outcomes of `chunk_tasks(spec)` where other
    workers computed them; otherwise they are computed here."""
    step = Stages(progress)
    cohort, attrition = step("eligibility", select_cohort, dataset, spec)
    before = step("baseline table", table1_before, cohort, spec)
    paired = step("matching", pair_arms, cohort, spec, before)
    cohorts, covariates = paired.cohorts, balanced_on(paired, spec)
    after = step("table after matching", table1_after, cohort, paired.matched, spec)
    survival = step("survival", survival_by_arm, cohorts, spec)
    draws = step("resampling", gather, paired, spec, chunks)
    effects = step("methods compared", effects_by_method, paired, spec, draws)
    imputed = step("imputation", pooled_effects, paired, spec, draws.get("imputation"))
    competing = step("competing risks", competing_risks, cohorts, spec)
    prognostic, final = step("prognostic factors", prognostic_factors, cohorts, spec)
    combinations = step("combinations", combine, cohorts, spec)
    subgroups = step("subgroups", subgroup_effects, cohorts, spec, covariates)
    landmarks = step("landmarks", landmark_analyses, cohorts, spec, covariates)
    time_dependent = step("time-dependent exposure", time_dependent_effects, cohort, spec)
    toxicity = step("toxicity", toxicity_table, cohorts, dataset.toxicity, spec)
    sensitivity = step("sensitivity", sensitivity_analyses, paired, spec)
    opinion = step("second opinion", second_opinion, paired, spec, final)
    # fmt: off
    findings = Findings(
        paired=paired, survival=survival, landmarks=landmarks, prognostic=prognostic, sensitivity=sensitivity,
        opinion=opinion,
    )
    checks = step("diagnostics", diagnose, findings, spec)
    manifest = step("manifest", make_manifest, dataset, spec, step.timings)
    return StudyResult(
        spec=spec, arms=arms(cohort, spec), attrition=attrition, table1_before=before, table1_after=after,
        propensity=paired.propensity, matching=paired.matching, balance=paired.balance, survival=survival,
        effects=effects, imputation=imputed, competing=competing, prognostic=prognostic,
        stability=stability(draws, prognostic), combinations=combinations, subgroups=subgroups, landmarks=landmarks,
        time_dependent=time_dependent, toxicity=toxicity, sensitivity=sensitivity, diagnostics=checks,
        warnings=warnings_of(checks, step.warnings), second_opinion=opinion, manifest=manifest,
    )
