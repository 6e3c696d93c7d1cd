"""`report.html`: one file with its own style and figures, that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib import resources

from analyses.pipeline.results import StudyResult
from analyses.reporting import format
from analyses.reporting.content import INVENTED, NamedFigure, Section
from analyses.reporting.figures import svg
from analyses.reporting.renderers import html
from analyses.reporting.table import Table
from analyses.reporting.tables.robustness import VERDICT
from analyses.reporting.tiles import Tile, diagnostic_tiles


def page(
    result: StudyResult, sections: tuple[Section, ...], drawn: Mapping[str, bytes], *, title: str, invented: bool
) -> str:
    """The whole document; `drawn` maps figure names to SVG files."""
    style = resources.files("analyses.reporting").joinpath("report.css").read_text(encoding="utf-8")
    banner = f'<div class="banner">{INVENTED}</div>' if invented else ""
    links = "".join(f'<a href="#{section.name}">{escape(section.title)}</a>' for section in sections)
    body = "".join(_section(result, section, drawn, invented=invented) for section in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{style}</style></head><body>{banner}<main>{_header(result, title)}"
        f'<nav aria-label="Sections">{links}</nav>{body}</main></body></html>\n'
    )


def _header(result: StudyResult, title: str) -> str:
    studied = sum(arm.n for arm in result.arms)
    pairs = f"; {format.plural(len(result.matching.pairs), 'pair')}" if result.matching else ""
    cutoff = f" Data cut-off {result.manifest.data_cutoff}." if result.manifest.data_cutoff else ""
    facts = (
        f"{studied:,} of {format.plural(result.attrition.top_count, 'patient')}{pairs}.{cutoff} Data "
        f"{result.manifest.dataset_sha256[:8]}, plan {result.manifest.spec_fingerprint[:8]}, seed "
        f"{result.manifest.seed}."
    )
    question = f'<p class="question">{escape(result.spec.question)}</p>' if result.spec.question else ""
    return f'<header><h1>{escape(title)}</h1><p class="sub">{escape(facts)}</p>{question}</header>'


def _section(result: StudyResult, section: Section, drawn: Mapping[str, bytes], *, invented: bool) -> str:
    tiles = _tiles(result) if section.name == "diagnostics" else ""
    warnings = "".join(f"<li>{escape(text)}</li>" for text in section.warnings)
    alert = f'<ul class="warnings" aria-label="Warnings">{warnings}</ul>' if warnings else ""
    words = "".join(f"<p>{escape(text)}</p>" for text in section.paragraphs)
    content = "".join(_item(item, drawn, invented=invented) for item in section.content)
    return (
        f'<section id="{escape(section.name)}"><h2>{escape(section.title)}</h2>{tiles}{alert}{words}{content}</section>'
    )


def _item(item: NamedFigure | Table, drawn: Mapping[str, bytes], *, invented: bool) -> str:
    if isinstance(item, Table):
        return html.render(item)
    picture = svg.inline(drawn[item.name], prefix=item.name, label=f"{item.title}. {item.alt}")
    mark = f' <span class="mark">{INVENTED}</span>' if invented else ""
    caption = f"<b>{escape(item.title)}.</b> {escape(item.caption)}{mark}"
    return f'<figure id="figure-{escape(item.name)}">{picture}<figcaption>{caption}</figcaption></figure>'


def _tiles(result: StudyResult) -> str:
    tiles = "".join(_tile(tile) for tile in diagnostic_tiles(result))
    return f'<div class="tiles">{tiles}</div>' if tiles else ""


def _tile(tile: Tile) -> str:
    number = f"<b>{escape(tile.shown)}</b> " if tile.shown else ""
    pill = f'<span class="pill {tile.verdict}">{VERDICT[tile.verdict]}</span>'
    return f"<div><small>{escape(tile.label)}</small>{number}{pill}</div>"
