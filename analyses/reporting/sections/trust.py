"""Whether to believe it, and how to repeat it: diagnostics, methods, manifest."""

from __future__ import annotations

from analyses.pipeline.results import StudyResult
from analyses.reporting.content import Section
from analyses.reporting.labels import variable_labels
from analyses.reporting.methods import methods_paragraphs
from analyses.reporting.tables.checklist import strobe_table, target_table
from analyses.reporting.tables.manifest import manifest_table
from analyses.reporting.tables.robustness import diagnostics_table, second_opinion_table
from analyses.reporting.tables.summary import summary_table


def diagnostics(result: StudyResult) -> Section:
    glance = (summary_table(result),) if result.survival else ()
    content = (*glance, diagnostics_table(result.diagnostics))
    return Section(name="diagnostics", title="Diagnostics", warnings=result.warnings, content=content)


def methods(result: StudyResult) -> Section:
    content = (target_table(result), strobe_table(result))
    return Section(name="methods", title="Methods", paragraphs=methods_paragraphs(result), content=content)


def manifest(result: StudyResult) -> Section:
    content = [manifest_table(result)]
    if result.second_opinion is not None and result.second_opinion.rows:
        content.append(second_opinion_table(result.second_opinion, variable_labels(result)))
    return Section(name="manifest", title="Manifest", content=tuple(content))
