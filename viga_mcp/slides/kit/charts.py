# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Charts on a slide."""

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Literal, cast

from lxml import etree
from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.line import LineFormat
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide
from pptx.util import Inches, Pt

from viga_mcp.slides.kit.paints import Color, paint
from viga_mcp.slides.kit.placing import Lengths, area, empty_placeholder, take_place
from viga_mcp.slides.kit.texts import style
from viga_mcp.slides.kit.wording import unknown

ChartKind = Literal["column", "stacked_column", "bar", "stacked_bar", "line", "area", "pie", "doughnut", "scatter"]
Values = Sequence[float | None]

_KINDS = {
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked_column": XL_CHART_TYPE.COLUMN_STACKED,
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "stacked_bar": XL_CHART_TYPE.BAR_STACKED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "area": XL_CHART_TYPE.AREA_STACKED,  # side by side, one area hides the other
    "pie": XL_CHART_TYPE.PIE,
    "doughnut": XL_CHART_TYPE.DOUGHNUT,
    "scatter": XL_CHART_TYPE.XY_SCATTER,
}
_ROUND = {"pie", "doughnut"}
_LABEL_PLACES = {
    "pie": XL_LABEL_POSITION.OUTSIDE_END,
    "line": XL_LABEL_POSITION.ABOVE,
    "scatter": XL_LABEL_POSITION.ABOVE,
}  # elsewhere PowerPoint's own choice


def chart(
    slide: Slide,
    kind: ChartKind,
    categories: Sequence[object],
    series: Mapping[str, Values] | Values,
    box: Lengths | None = None,
    title: str | None = None,
    *,
    labels: bool | None = None,
    number_format: str = "General",
    color: Color | None = None,
    size_pt: float | None = None,
) -> GraphicFrame:
    """Place a chart that PowerPoint can edit; returns its frame, with python-pptx's chart as `.chart`.

    Args:
        slide: Where.
        kind: "column", "stacked_column", "bar", "stacked_bar", "line", "area" (stacked), "pie", "doughnut", "scatter".
        categories: Names along the axis or of the slices; the x values of "scatter".
        series: {"Name": [values]}, or the values of a single one; None is a gap. They take the theme's accent colours.
        box: (left, top, width, height); None is the first empty placeholder, or the area below the title.
        title: Above the chart.
        labels: Whether values are written at the marks (shares, for pie and doughnut); None is yes for these two.
        number_format: Of axis and labels, as "0%", "#,##0", '0.0" M"'.
        color: Of text and lines; None is the theme's text colour.
        size_pt: Of the text; None is 10 to 14, as the box is wide.
    """
    if kind not in _KINDS:
        raise ValueError(unknown("kind of chart", kind, _KINDS))
    data = _data(kind, list(categories), _named(series, title), number_format)
    placeholder = None
    if box is None:
        placeholder = empty_placeholder(slide, (PP_PLACEHOLDER.CHART, PP_PLACEHOLDER.OBJECT))
    box = area(slide, box, placeholder)
    if size_pt is None:
        size_pt = max(10, min(14, round(box.width / Inches(0.4))))
    frame = cast(GraphicFrame, slide.shapes.add_chart(_KINDS[kind], *box, data))  # python-pptx types it as Chart
    made = frame.chart
    made.font.size = Pt(size_pt)
    if color is not None:
        paint(made.font.color, color)
    _set_title(made, title, color, size_pt)
    made.has_legend = kind in _ROUND or len(made.plots[0].series) > 1
    if made.has_legend:
        made.legend.position = XL_LEGEND_POSITION.BOTTOM
        made.legend.include_in_layout = False
    if kind not in _ROUND:
        _set_axes(made, kind, number_format, color or "text1")
    if labels or (labels is None and kind in _ROUND):
        _set_labels(made, kind, number_format)
    take_place(frame, placeholder)
    return frame


def _named(series: Mapping[str, Values] | Values, title: str | None) -> dict[str, Values]:
    named = series if isinstance(series, Mapping) else {title or "Series 1": series}
    return {name: [_value(name, value) for value in values] for name, values in named.items()}


def _value(name: str, value: object) -> float | None:
    if value is None or value != value:  # not a number: a gap too
        return None
    if not isinstance(value, Real):
        raise ValueError(
            f'{value!r} in series {name!r} is no number: series is {{"Name": [values]}}, or the values of a single one'
        )
    return int(value) if isinstance(value, Integral) else float(value)


def _data(
    kind: str, categories: list[object], series: dict[str, Values], number_format: str
) -> CategoryChartData | XyChartData:
    if not series or not categories:
        raise ValueError('the chart is empty: give categories ["Q1", "Q2"] and series {"Ships": [50, 55]}')
    for name, values in series.items():
        if len(values) != len(categories):
            raise ValueError(
                f"series {name!r} has {len(values)} values for {len(categories)} categories: one each, None is a gap"
            )
    if kind in _ROUND and len(series) > 1:
        raise ValueError(f"a {kind} shows one series, not {len(series)}: use 'stacked_column', or one {kind} for each")
    if kind == "scatter":
        return _points(categories, series, number_format)
    data = CategoryChartData(number_format)
    data.categories = [str(category) for category in categories]
    for name, values in series.items():
        data.add_series(name, values)
    return data


def _points(xs: list[object], series: dict[str, Values], number_format: str) -> XyChartData:
    data = XyChartData(number_format)
    for name, values in series.items():
        points = data.add_series(name)
        for x, y in zip(xs, values, strict=True):
            if not isinstance(x, Real):
                raise ValueError(f"the categories of a scatter chart are its x values: {x!r} is no number")
            if y is not None:
                points.add_data_point(x, y)
    return data


def _set_title(made: Chart, title: str | None, color: Color | None, size_pt: float) -> None:
    made.has_title = title is not None
    if title is None:
        return
    made.chart_title.text_frame.text = title
    made.chart_title.include_in_layout = False
    for paragraph in made.chart_title.text_frame.paragraphs:
        style(paragraph, size_pt=size_pt + 2, color=color, bold=True)


def _set_axes(made: Chart, kind: str, number_format: str, color: Color) -> None:
    values, along = made.value_axis, made.category_axis
    values.format.line.fill.background()
    values.major_tick_mark = along.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = number_format, False
    along.has_major_gridlines, values.has_major_gridlines = kind == "scatter", True
    for axis in (along, values) if kind == "scatter" else (values,):
        _pale(axis.major_gridlines.format.line, color)
    _pale(along.format.line, color)
    plot = made.plots[0]
    if kind.endswith("column") or kind.endswith("bar"):
        plot.gap_width = 60
    if kind.endswith("bar"):  # the first category on top, the values still below
        along.reverse_order = True
        values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    if kind in ("line", "scatter"):
        for number, series in enumerate(plot.series):
            series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 7
            accent = f"accent{number % 6 + 1}"
            for part in (series.marker.format.fill, series.marker.format.line.fill):
                part.solid()
                paint(part.fore_color, accent)


def _pale(line: LineFormat, color: Color) -> None:
    """A thin line that shows on a light and on a dark page alike."""
    line.width = Pt(0.75)
    paint(line.color, color)
    etree.SubElement(line.fill._xPr.find(qn("a:solidFill"))[0], qn("a:alpha")).set("val", "20000")


def _set_labels(made: Chart, kind: str, number_format: str) -> None:
    plot = made.plots[0]
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format_is_linked = False
    labels.number_format = "0%" if kind in _ROUND else number_format
    labels.show_percentage, labels.show_value = kind in _ROUND, kind not in _ROUND
    if kind in _LABEL_PLACES:
        labels.position = _LABEL_PLACES[kind]
