"""SVG as it should be: presentation attributes instead of style, no dates, no addresses, system fonts.

matplotlib writes `style="..."`, a style sheet, a document type with an address and unused ids. A strict CSP forbids the
first two inline, a self-contained report the third, and several figures in one page the fourth.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from analyses.reporting.figures import style

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FONTS = "Inter, 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
FOOTER = "footer"
FOOTER_POINTS = 17.28  # the strip that it has to itself at the lower edge
_FONT = re.compile(r"^(?:(italic|oblique|normal)\s+)?(?:(bold|\d{3}|normal)\s+)?([\d.]+)px\s")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_INHERITED = (("stroke-linejoin", "round"), ("stroke-linecap", "butt"))
# colours that follow the page's light or dark scheme where an SVG stands inside a page
_THEME = {
    style.INK: "--ink",
    style.INK_2: "--ink-2",
    style.INK_3: "--ink-3",
    style.LINE: "--line",
    style.PALE: "--wash",
    style.PAPER: "--paper",
    style.WARN: "--warn",
    style.ACCENT: "--accent",
    style.TREATED.colour: "--arm-a",
    style.REFERENCE.colour: "--arm-b",
    "#000000": "--ink",
}


def cleaned(source: bytes) -> bytes:
    """The same picture without style attributes, style sheets, metadata, document type and unused ids."""
    root = _parsed(source)
    for parent in list(root.iter()):
        for child in list(parent):
            if _name(child) in ("metadata", "style"):
                parent.remove(child)
    for name, value in (*_INHERITED, ("font-family", FONTS)):
        root.set(name, value)
    for element in root.iter():
        _flatten_style(element)
    _drop_unused_ids(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + _written(root) + b"\n"


def inline(source: bytes, *, prefix: str, label: str) -> str:
    """For a page: colours as the page's variables, ids under `prefix`, `label` read to those who cannot see it."""
    root = _parsed(source)
    _remove_footer(root)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name in ("fill", "stroke") and value in _THEME:
                element.set(name, f"var({_THEME[value]}, {value})")
            elif name == "id":
                element.set(name, f"{prefix}-{value}")
            elif name == f"{{{_XLINK}}}href" and value.startswith("#"):
                del element.attrib[name]
                element.set("href", f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))
    del root.attrib["width"], root.attrib["height"]
    root.set("role", "img")
    root.set("aria-label", label)
    return _written(root).decode()


def _remove_footer(root: ElementTree.Element) -> None:
    """On a page the caption says it: the text and its strip go."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get("id") == FOOTER:
                parent.remove(child)
                left, top, width, height = (float(part) for part in root.attrib["viewBox"].split())
                root.set("viewBox", f"{left:g} {top:g} {width:g} {height - FOOTER_POINTS:g}")


def _parsed(source: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(source)


def _written(root: ElementTree.Element) -> bytes:
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    written: bytes = ElementTree.tostring(root, encoding="utf-8")
    return written


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _flatten_style(element: ElementTree.Element) -> None:
    declared = element.attrib.pop("style", "")
    for declaration in filter(None, map(str.strip, declared.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            _set_font(element, value)
        elif (name, value) not in _INHERITED:
            element.set(name, value)


def _set_font(element: ElementTree.Element, value: str) -> None:
    """The shorthand is no presentation attribute: size and weight apart, the family from the root."""
    found = _FONT.match(value)
    if found is None:
        raise ValueError(f"unexpected font in SVG: {value}")
    slant, weight, size = found.groups()
    element.set("font-size", size)
    if weight not in (None, "normal", "400"):
        element.set("font-weight", weight)
    if slant not in (None, "normal"):
        element.set("font-style", slant)


def _drop_unused_ids(root: ElementTree.Element) -> None:
    used = {FOOTER}
    for element in root.iter():
        for name, value in element.attrib.items():
            used.update(_REFERENCE.findall(value))
            if name.endswith("href") and value.startswith("#"):
                used.add(value[1:])
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
