# pyright: basic
"""A chart's kind, title and numbers, from the values that the file keeps beside the workbook."""

import math
from typing import Any

from viga_mcp.slides.graph.tags import A, C, Element, local

CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
GROUPINGS = {"stacked": "_STACKED", "percentStacked": "_STACKED_100"}
OTHERS = {
    "ofPieChart": "PIE_OF_PIE",
    "stockChart": "STOCK_HLC",
    "surface3DChart": "SURFACE",
    "surfaceChart": "SURFACE_TOP_VIEW",
}

CACHES = tuple(C + name for name in ("numCache", "numLit", "strCache", "strLit", "lvl"))
MOST_POINTS = 100_000
"""More than a chart has; a damaged count must not fill the memory."""


def read_chart(root: Element) -> dict[str, Any]:
    """Of a chart part's root."""
    chart = root.find(C + "chart")
    if chart is None:
        return _newer(root)
    plots = [plot for plot in chart.iterfind(f"{C}plotArea/*") if local(plot).endswith("Chart")]
    found = [series for plot in plots for series in plot.iterfind(C + "ser")]
    series = [_series(element) for element in found]
    categories = next((given for element in found if (given := _points(element.find(C + "cat")))), [])
    return {
        "type": _kind(plots[0]) if plots else None,
        "title": _title(chart, [entry["name"] for entry in series]),
        "categories": categories,
        "series": series,
        "has_legend": chart.find(C + "legend") is not None,
    }


def _value(element: Element, path: str) -> str | None:
    """The `val` of a setting; empty where it stands without one."""
    found = element.find("/".join(C + name for name in path.split("/")))
    return None if found is None else found.get("val", "")


def _kind(plot: Element) -> str:
    """The name that python-pptx has for it."""
    name = local(plot)
    solid = "3D" in name
    if name in {"barChart", "bar3DChart"}:
        return _bar(plot, solid)
    if name in {"lineChart", "line3DChart", "areaChart", "area3DChart"}:
        grouping = GROUPINGS.get(_value(plot, "grouping") or "", "")
        if name.startswith("line"):
            return "THREE_D_LINE" if solid else f"LINE{'_MARKERS' * _has_markers(plot)}{grouping}"
        return f"{'THREE_D_' * solid}AREA{grouping}"
    if name in {"pieChart", "pie3DChart", "doughnutChart"}:
        exploded = any(point.get("val") != "0" for point in plot.iter(C + "explosion"))
        return f"{'THREE_D_' * solid}{'DOUGHNUT' if name == 'doughnutChart' else 'PIE'}{'_EXPLODED' * exploded}"
    if name == "radarChart":
        style = _value(plot, "radarStyle")
        return "RADAR_FILLED" if style == "filled" else f"RADAR{'_MARKERS' * _has_markers(plot)}"
    if name == "scatterChart":
        return _scatter(plot)
    if name == "bubbleChart":
        is_round = any(_value(series, "bubble3D") in {"1", ""} for series in plot.iterfind(C + "ser"))
        return f"BUBBLE{'_THREE_D_EFFECT' * is_round}"
    return OTHERS.get(name, name.removesuffix("Chart").upper())


def _bar(plot: Element, solid: bool) -> str:
    way = "BAR" if _value(plot, "barDir") == "bar" else "COLUMN"
    grouping = _value(plot, "grouping") or "clustered"
    if grouping == "standard":
        return "THREE_D_COLUMN"
    return f"{'THREE_D_' * solid}{way}{GROUPINGS.get(grouping, '_CLUSTERED')}"


def _has_markers(plot: Element) -> bool:
    return not all(_value(element, "marker/symbol") == "none" for element in plot.iterfind(C + "ser"))


def _scatter(plot: Element) -> str:
    marks = "" if _has_markers(plot) else "_NO_MARKERS"
    if _value(plot, "scatterStyle") == "smoothMarker" or _value(plot, "ser/smooth") in {"1", ""}:
        return f"XY_SCATTER_SMOOTH{marks}"
    has_lines = not any(line.find(A + "noFill") is not None for line in plot.iterfind(f"{C}ser/{C}spPr/{A}ln"))
    return f"XY_SCATTER_LINES{marks}" if has_lines else "XY_SCATTER"


def _series(element: Element) -> dict[str, Any]:
    names = _points(element.find(C + "tx"))
    own = element.find(C + "val")
    entry: dict[str, Any] = {
        "name": str(names[0]) if names else element.findtext(f"{C}tx/{C}v") or "",
        "values": _points(element.find(C + "yVal") if own is None else own),
    }
    for key, name in (("x", "xVal"), ("sizes", "bubbleSize")):
        if (more := element.find(C + name)) is not None:
            entry[key] = _points(more)
    return entry


def _points(holder: Element | None) -> list[Any]:
    """The kept values in order, numbers as numbers, None for gaps; of categories in levels the innermost."""
    if holder is None:
        return []
    cache = next(holder.iter(*CACHES), None)
    if cache is None:
        return []
    points = {int(point.get("idx")): point.findtext(C + "v") for point in cache.iterfind(C + "pt")}
    said = _value(cache, "ptCount") or _value(cache.getparent(), "ptCount") or 0
    count = min(MOST_POINTS, max([int(said), *(index + 1 for index in points)]))
    is_number = local(cache).startswith("num")
    return [_number(points.get(i)) if is_number else points.get(i) for i in range(count)]


def _number(text: str | None) -> float | None:
    """None for a gap and for what a cell without a number holds (`#N/A`)."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _title(chart: Element, names: list[str]) -> str | None:
    """Its words; where it has none, PowerPoint puts the name of a lone series."""
    title = chart.find(C + "title")
    words = "" if title is None else _words(title) or "".join(point.text or "" for point in title.iter(C + "v"))
    if words:
        return words
    is_dropped = _value(chart, "autoTitleDeleted") in {"1", "true", ""}
    return names[0] or None if len(names) == 1 and not is_dropped else None


def _words(title: Element) -> str:
    paragraphs = ("".join(text.text or "" for text in paragraph.iter(A + "t")) for paragraph in title.iter(A + "p"))
    return "\n".join(paragraphs).strip()


def _newer(root: Element) -> dict[str, Any]:
    """Of the chart kinds of 2016 (waterfall, treemap, ...)."""
    data = {element.get("id"): element for element in root.iter(CX + "data")}
    found = list(root.iter(CX + "series"))
    series, categories = [], []
    for element in found:
        reference = element.find(CX + "dataId")
        source = data.get(None if reference is None else reference.get("val"))
        words = [] if source is None else source.findall(f"{CX}strDim/{CX}lvl")[:1]
        numbers = [] if source is None else source.findall(f"{CX}numDim/{CX}lvl")[:1]
        categories = categories or [point.text for lvl in words for point in lvl.iterfind(CX + "pt")]
        values = [_number(point.text) for lvl in numbers for point in lvl.iterfind(CX + "pt")]
        series.append({"name": element.findtext(f"{CX}tx/{CX}txData/{CX}v") or "", "values": values})
    title = root.find(f"{CX}chart/{CX}title")
    return {
        "type": found[0].get("layoutId", "").upper() or None if found else None,
        "title": None if title is None else _words(title) or None,
        "categories": categories,
        "series": series,
        "has_legend": next(root.iter(CX + "legend"), None) is not None,
    }
