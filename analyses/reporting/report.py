"""A study result as files: the report, its tables, its figures, the result itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from analyses.pipeline.results import StudyResult
from analyses.pipeline.steps.stages import Progress
from analyses.reporting.catalogue import sections
from analyses.reporting.content import INVENTED
from analyses.reporting.figures.canvas import FORMATS, Format
from analyses.reporting.page import page
from analyses.reporting.renderers import csv, xlsx


def render_report(
    result: StudyResult,
    *,
    invented: bool,
    title: str = "",
    formats: Sequence[Format] = FORMATS,
    progress: Progress = lambda stage, fraction: None,
) -> dict[str, bytes]:
    """File name to content: `report.html`, `tables/*.csv`, `tables.xlsx`, `figures/*.FORMAT`, `result.json`.

    `title` defaults to the plan's. `invented` (or the result's own manifest) marks every page, figure and sheet.
    `formats` are those of the figure files; SVG is drawn in any case, for the report. The same result gives the same
    bytes under the same library versions. `progress(stage, fraction)` is told of each figure and may raise to stop.
    """
    marked = invented or result.manifest.invented
    contents = sections(result)
    wanted: list[Format] = ["svg", *(name for name in formats if name != "svg")]
    files: dict[str, bytes] = {}
    drawn: dict[str, bytes] = {}
    figures = [figure for section in contents for figure in section.figures]
    for index, figure in enumerate(figures):
        progress(f"figure {index + 1} of {len(figures)}", index / (len(figures) + 1))
        rendered = figure.render(wanted, invented=marked)
        drawn[figure.name] = rendered["svg"]
        files |= {f"figures/{figure.name}.{name}": rendered[name] for name in formats}
    progress("tables and report", len(figures) / (len(figures) + 1))
    tables = [table for section in contents for table in section.tables]
    files |= {f"tables/{table.name}.csv": csv.render(table) for table in tables}
    files["tables.xlsx"] = xlsx.render(tables, banner=INVENTED if marked else "")
    heading = title or result.spec.title
    files["report.html"] = page(result, contents, drawn, title=heading, invented=marked).encode()
    files["result.json"] = json.dumps(result.to_json(), indent=1, ensure_ascii=False).encode()
    return files
