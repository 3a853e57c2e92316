"""Figures of a slide against its reference: SlidesBench's with their faults on real decks, ours on hand-made graphs."""

import io
from itertools import permutations
from typing import Any

import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_CONNECTOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches

from viga_mcp.metrics.assignment import assign
from viga_mcp.metrics.colors import Lab, ciede2000, color_difference, lab
from viga_mcp.metrics.elements import Size
from viga_mcp.metrics.slides import Fixed, deck_scores, fixed
from viga_mcp.metrics.slidesbench import faithful, identity_ceiling
from viga_mcp.slides.blocks import read_blocks

SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425; 50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412; 50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000; 50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669; 50 -1 2 50 0 0 2.3669
50 2.49 -0.001 50 -2.49 0.0009 7.1792; 50 2.49 -0.001 50 -2.49 0.0010 7.1792
50 2.49 -0.001 50 -2.49 0.0011 7.2195; 50 2.49 -0.001 50 -2.49 0.0012 7.2195
50 -0.001 2.49 50 0.0009 -2.49 4.8045; 50 -0.001 2.49 50 0.0010 -2.49 4.8045
50 -0.001 2.49 50 0.0011 -2.49 4.7461; 50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492; 50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030; 50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000; 50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000; 50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644; 63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731; 35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373; 36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441; 90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377; 2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Table 1 of Sharma, Wu and Dalal 2005: two L*a*b* colours and their difference."""


@pytest.mark.parametrize("row", SHARMA.strip().replace(";", "\n").splitlines())
def test_ciede2000_gives_the_published_differences(row: str) -> None:
    values = [float(value) for value in row.split()]
    first, second = Lab(*values[:3]), Lab(*values[3:6])
    assert ciede2000(first, second) == pytest.approx(values[6], abs=1e-4)
    assert ciede2000(second, first) == pytest.approx(values[6], abs=1e-4)


def test_srgb_colours_have_their_known_place_in_lab() -> None:
    assert lab("#FF0000") == pytest.approx((53.24, 80.09, 67.20), abs=0.01)
    assert lab("#FFFFFF") == pytest.approx((100, 0, 0), abs=0.01)
    assert color_difference("#000000", "#FFFFFF") == pytest.approx(100, abs=1e-3)
    assert color_difference("#12AB9f", "#12ab9F") == 0


small = st.integers(0, 5)


@given(st.tuples(small, small).flatmap(lambda shape: arrays(float, shape, elements=st.integers(-3, 3).map(float))))
@settings(max_examples=150, deadline=None)
def test_assignment_is_as_cheap_as_the_best_of_all(costs: Any) -> None:
    pairs = assign(costs)
    rows, columns = [row for row, _ in pairs], [column for _, column in pairs]
    assert rows == sorted(set(rows))
    assert len(set(columns)) == len(pairs) == min(costs.shape)
    wide: list[list[float]] = (costs if costs.shape[0] <= costs.shape[1] else costs.T).tolist()
    orders = permutations(range(max(costs.shape)), min(costs.shape))
    least = min(sum(wide[row][column] for row, column in enumerate(order)) for order in orders)
    assert sum(costs[pair] for pair in pairs) == least


@given(st.tuples(small, small).flatmap(lambda shape: arrays(float, shape, elements=st.integers(-1, 1).map(float))))
@settings(max_examples=150, deadline=None)
def test_of_equally_cheap_assignments_scipys_is_given(costs: Any) -> None:
    rows, columns = pytest.importorskip("scipy.optimize").linear_sum_assignment(costs)
    assert assign(costs) == list(zip(rows.tolist(), columns.tolist(), strict=True))


class Deck:
    """A deck of one slide, built with python-pptx. Layout 6 is blank, 1 has a title and a body."""

    def __init__(self, layout: int = 6) -> None:
        self.presentation = pptx.Presentation()
        # python-pptx has no types for what a shape of unknown kind may have, hence Any
        self.slide: Any = self.presentation.slides.add_slide(self.presentation.slide_layouts[layout])

    def text(self, words: str, left: float = 1, top: float = 1, *, width: float = 3, height: float = 1) -> Any:
        box = self.slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
        box.text_frame.text = words
        return box

    def picture(self, red: int = 9, left: float = 1, top: float = 3) -> Any:
        file = io.BytesIO()
        Image.new("RGB", (4, 4), (red, 0, 0)).save(file, "PNG")
        return self.slide.shapes.add_picture(file, Inches(left), Inches(top), Inches(2), Inches(2))

    def paint_background(self, rgb: str = "FFEECC") -> None:
        fill = self.slide.background.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(rgb)

    @property
    def blocks(self) -> dict[str, Any]:
        return read_blocks(self.presentation)[0]

    @property
    def parts(self) -> dict[str, bytes]:
        return {str(part.partname): part.blob for part in self.presentation.part.package.iter_parts()}


def placeholders() -> Deck:
    deck = Deck(1)
    deck.slide.shapes.title.text = "Sourdough"
    deck.slide.placeholders[1].text = "Flour, water, salt"
    return deck


def text_boxes() -> Deck:
    deck = Deck()
    deck.text("Sourdough")
    deck.text("Flour, water, salt", top=3)
    return deck


def painted(deck: Deck) -> Deck:
    deck.paint_background()
    return deck


def with_picture(deck: Deck) -> Deck:
    deck.picture()
    return deck


@pytest.mark.parametrize(
    ("deck", "color"),
    [
        (placeholders(), 0),
        (painted(placeholders()), 50),
        (text_boxes(), 50),
        (painted(text_boxes()), 100),
        (with_picture(Deck()), 50),
        (with_picture(placeholders()), 100 / 6),
    ],
    ids=[
        "placeholders",
        "placeholders, RGB background",
        "text boxes",
        "text boxes, RGB background",
        "picture",
        "mixed",
    ],
)
def test_slidesbench_gives_a_slide_against_itself_the_colour_its_construction_allows(deck: Deck, color: float) -> None:
    scores = identity_ceiling(deck.blocks)
    assert scores.color == pytest.approx(color)
    assert (scores.match, scores.text, scores.position) == pytest.approx((100, 100, 100))


def crowded() -> Deck:
    deck = with_picture(placeholders())
    shapes = deck.slide.shapes
    shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "in a group"
    shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table.cell(0, 0).text = "in a table"
    data = CategoryChartData()
    data.categories = ["a"]
    data.add_series("s", [1])
    shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(2), Inches(2), data)
    shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, Inches(1), Inches(1))
    return deck


def test_blocks_are_text_shapes_and_pictures_alone() -> None:
    read = crowded().blocks
    assert [block["kind"] for block in read["blocks"]] == ["text", "text", "picture"]
    assert [block["text"] for block in read["blocks"]] == ["Sourdough", "Flour, water, salt", None]
    assert read["background"] == {"type": "background"}
    assert read["trouble"] is None


def test_fills_and_boxes_are_told_as_data() -> None:
    deck = Deck()
    boxes = [deck.text(words) for words in "abcde"]
    for box in boxes[1:3]:
        box.fill.solid()
    boxes[1].fill.fore_color.rgb = RGBColor(1, 2, 255)
    boxes[2].fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_2
    boxes[3].fill.gradient()
    own = boxes[4].element.spPr
    own.remove(own.eg_fillProperties)
    read = deck.blocks["blocks"]
    assert [block["fill"] for block in read] == [
        {"type": "background"}, {"type": "solid_rgb", "rgb": "#0102FF"}, {"type": "solid_theme", "theme": "accent2"},
        {"type": "other"}, None,
    ]  # fmt: skip
    assert read[0]["box"] == pytest.approx([1 / 10, 1 / 7.5, 3 / 10, 1 / 7.5])


def without_slides() -> Deck:
    deck = Deck()
    deck.presentation = pptx.Presentation()
    return deck


def without_text_body() -> Deck:
    deck = text_boxes()
    shape = deck.slide.shapes[0].element
    shape.remove(shape.txBody)
    return deck


def with_style_background() -> Deck:
    deck = text_boxes()
    deck.paint_background()
    background = deck.slide.element.cSld.bg
    background.remove(background.bgPr)
    background.append(parse_xml(f'<p:bgRef {nsdecls("p", "a")} idx="1001"><a:srgbClr val="FFEECC"/></p:bgRef>'))
    return deck


def test_a_background_by_style_is_none_to_slidesbench() -> None:
    assert with_style_background().blocks["background"] == {"type": "background"}


@pytest.mark.parametrize("make", [crowded, without_slides, without_text_body, placeholders, with_style_background])
def test_reading_blocks_leaves_the_deck_as_it_was(make: Any) -> None:
    deck = make()
    before = deck.parts
    read_blocks(deck.presentation)
    assert deck.parts == before


def test_what_stops_the_script_leaves_the_slide_unscored_with_the_reason() -> None:
    broken, whole = text_boxes(), text_boxes()
    frame = broken.slide.shapes[0].element.spPr
    frame.remove(frame.xfrm)
    scores = faithful(broken.blocks, whole.blocks)
    assert not scores.is_scored
    assert "generated slide: TypeError" in scores.missing["color"]
    assert (scores.match, scores.text, scores.color, scores.position) == (None,) * 4


def test_two_slides_without_blocks_are_not_scored_as_the_script_divides_by_zero() -> None:
    scores = faithful(Deck().blocks, Deck().blocks)
    assert not scores.is_scored
    assert "divides by zero" in scores.missing["match"]


def test_an_empty_slide_against_a_full_one_is_perfect_but_for_the_match() -> None:
    scores = faithful(Deck().blocks, text_boxes().blocks)
    assert (scores.match, scores.text, scores.color, scores.position) == (0, 100, 100, 100)


def test_unrelated_slides_of_as_many_blocks_match_wholly_in_slidesbench() -> None:
    other = Deck()
    other.text("Kubernetes", left=6)
    other.text("qqq", left=6, top=6)
    assert faithful(text_boxes().blocks, other.blocks).match == pytest.approx(100)


def test_a_block_shrunk_to_a_dot_still_matches_in_slidesbench() -> None:
    dotted = Deck()
    dotted.text("Sourdough", left=2.5, top=1.5, width=0, height=0)
    dotted.text("Flour, water, salt", top=3)
    scores = faithful(dotted.blocks, text_boxes().blocks)
    assert (scores.match, scores.text, scores.position) == pytest.approx((100, 100, 100))


def test_an_unpaired_block_costs_its_area() -> None:
    alone = Deck()
    alone.text("Sourdough")
    assert faithful(alone.blocks, text_boxes().blocks).match == pytest.approx(100 * 2 / 3)


def test_texts_are_compared_by_the_given_model_and_only_where_both_sides_have_one() -> None:
    ours, theirs = with_picture(text_boxes()), with_picture(text_boxes())
    ours.slide.shapes[0].text_frame.text = "Sourdoughs"
    unknown = faithful(ours.blocks, theirs.blocks)
    assert unknown.text is None
    assert unknown.is_scored
    assert "MiniLM" in unknown.missing["text"]
    known = faithful(ours.blocks, theirs.blocks, text_similarity=lambda a, b: 1.0 if a == b else 0.5)
    assert known.text == pytest.approx(75)
    assert known.missing == {}


def test_slides_without_text_get_all_of_the_text_score() -> None:
    ours, theirs = Deck(), Deck()
    ours.picture()
    theirs.picture(red=200)
    scores = faithful(ours.blocks, theirs.blocks)
    assert scores.text == 100
    assert scores.color == 0


def test_pictures_are_paired_in_order_whatever_they_show() -> None:
    ours, theirs = Deck(), Deck()
    ours.picture(red=1)
    ours.picture(red=2)
    theirs.picture(red=2)
    theirs.picture(red=1)
    assert faithful(ours.blocks, theirs.blocks).color == 0


def test_rgb_backgrounds_are_compared_by_colour() -> None:
    ours, theirs = text_boxes(), text_boxes()
    ours.paint_background("FFFFFF")
    theirs.paint_background("000000")
    assert faithful(ours.blocks, theirs.blocks).color == pytest.approx(50, abs=0.01)


def test_a_text_beside_its_neighbour_is_preferred_to_an_equal_one_elsewhere() -> None:
    ours, theirs = Deck(), Deck()
    for words in ("Repeat", "gap qqq", "Alpha text", "Repeat"):
        ours.text(words)
    for words in ("Alpha text", "Repeat"):
        theirs.text(words)
    ids = [block["id"] for block in ours.blocks["blocks"]]
    assert [pair[0] for pair in faithful(ours.blocks, theirs.blocks).pairs] == ids[2:]


def test_a_long_text_with_a_letter_before_it_is_not_known_again() -> None:
    """Of difflib's shortcut, which takes all letters of a text of over 200 for junk if they are frequent."""
    ours, theirs = Deck(), Deck()
    ours.text("x" + "abcdefg " * 40)
    theirs.text("abcdefg " * 40)
    theirs.text("xz")
    assert faithful(ours.blocks, theirs.blocks).pairs[0][1] == theirs.blocks["blocks"][1]["id"]


SIZE = Size(9_144_000, 6_858_000)


def said(*words: str, size_pt: float = 18, color: str = "#000000") -> dict[str, Any]:
    runs = [{"text": word, "size_pt": size_pt, "color": color} for word in words]
    return {"paragraphs": [{"runs": [run]} for run in runs], "font_scale": 1.0}


def element(id: int, kind: str = "text_box", box: tuple[float, ...] = (1, 1, 4, 1), **rest: Any) -> dict[str, Any]:
    """An element of the graph; `box` in inches: left, top, width, height."""
    x, y, w, h = (round(value * 914_400) for value in box)
    return {
        "id": id, "kind": kind, "group": None, "placeholder": None, "rotation": 0.0,
        "corners": [[x, y], [x + w, y], [x + w, y + h], [x, y + h]], "fill": paint(None), "line": None, "geometry": "rect",
        "text": None, "picture": None, "table": None, "chart": None, "is_hidden": False,
    } | rest  # fmt: skip


def paint(color: str | None, kind: str = "solid") -> dict[str, Any]:
    return {"kind": kind if color else "none", "color": color, "alpha": 1.0}


def picture(sha256: str, crop: float = 0.0) -> dict[str, Any]:
    return {"sha256": sha256, "crop": [crop, 0.0, 0.0, 0.0], "linked": None}


def chart(*values: float) -> dict[str, Any]:
    return {"title": "Growth", "categories": ["2023", "2024"], "series": [{"name": "Bread", "values": list(values)}]}


def slide(*elements: dict[str, Any], background: str | None = "#FFFFFF") -> dict[str, Any]:
    return {"elements": list(elements), "background": {"kind": "solid" if background else "none", "color": background}}


def reference() -> dict[str, Any]:
    cells = [[said("Flour"), said("500 g")], [said("Water"), said("350 g")]]
    return slide(
        element(2, "placeholder", (0.5, 0.3, 9, 1), text=said("How bread rises", size_pt=40)),
        element(3, box=(0.5, 1.5, 4, 2), text=said("Yeast eats sugar", "Gas is kept by gluten")),
        element(4, "group", (5, 1.5, 4, 2)),
        element(5, "auto_shape", (5, 1.5, 2, 2), group=4, fill=paint("#C00000"), text=said("Warm", color="#FFFFFF")),
        element(6, "auto_shape", (7, 1.5, 2, 2), group=4, fill=paint("#0070C0"), text=said("Cold", color="#FFFFFF")),
        element(7, "table", (0.5, 4, 4, 1.5), table={"cells": cells}),
        element(8, "chart", (5, 4, 2, 2), chart=chart(1, 2.5)),
        element(9, "picture", (7.5, 4, 2, 2), picture=picture("a1")),
        element(10, "connector", (0.5, 6, 9, 0), line={"color": "#7F7F7F", "width_pt": 2.0}),
    )


def against_reference(changed: dict[str, Any]) -> Fixed:
    return fixed(changed, reference(), size=SIZE)


def changed(id: int, **values: Any) -> dict[str, Any]:
    found = reference()
    found["elements"] = [one | values if one["id"] == id else one for one in found["elements"]]
    return found


def without(*ids: int) -> dict[str, Any]:
    found = reference()
    found["elements"] = [one for one in found["elements"] if one["id"] not in ids]
    return found


def figures(scores: Fixed) -> tuple[float, ...]:
    return scores.match, scores.text, scores.color, scores.position


DOT = element(0, box=(2.5, 2.5, 0, 0))["corners"]
AWAY = element(0, box=(5.5, 4.5, 4, 2))["corners"]
FAULTS = {
    "a text box shrunk to a dot": (changed(3, corners=DOT), "position"),
    "a text box moved to the other corner": (changed(3, corners=AWAY), "position"),
    "a picture on its side": (changed(9, rotation=90.0), "position"),
    "letters of 4 pt": (changed(3, text=said("Yeast eats sugar", "Gas is kept by gluten", size_pt=4)), "position"),
    "white letters": (changed(3, text=said("Yeast eats sugar", "Gas is kept by gluten", color="#FFFFFF")), "color"),
    "one red word": (changed(7, table={"cells": [[said("Flour"), said("500 g")], [said("Water", color="#FF0000"), said("350 g")]]}), "color"),
    "another fill": (changed(5, fill=paint("#00B050")), "color"),
    "no fill": (changed(5, fill=paint(None)), "color"),
    "another picture": (changed(9, picture=picture("b2")), "color"),
    "a cropped picture": (changed(9, picture=picture("a1", crop=0.4)), "color"),
    "a line of another colour": (changed(10, line={"color": "#FF0000", "width_pt": 2.0}), "color"),
    "a thicker line": (changed(10, line={"color": "#7F7F7F", "width_pt": 8.0}), "color"),
    "another background": (reference() | {"background": {"kind": "solid", "color": "#203040"}}, "color"),
    "other words": (changed(3, text=said("Yeast eats sugar", "Gas is lost")), "text"),
    "another number in the table": (changed(7, table={"cells": [[said("Flour"), said("500 g")], [said("Water"), said("400 g")]]}), "text"),
    "another number in the chart": (changed(8, chart=chart(1, 9.5)), "text"),
    "words in capitals": (changed(2, text=said("HOW BREAD RISES", size_pt=40)), "text"),
    "a group removed": (without(4, 5, 6), "match"),
    "a hidden picture": (changed(9, is_hidden=True), "match"),
    "a table removed": (without(7), "match"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_lowers_the_figure_that_is_to_see_it(fault: str) -> None:
    faulty, figure = FAULTS[fault]
    scores = against_reference(faulty)
    assert getattr(scores, figure) < 99.5
    if figure != "match":  # what is not there has no place, words or colour either
        assert [name for name in ("match", "text", "color", "position") if getattr(scores, name) < 100] == [figure]


def test_missing_and_surplus_elements_are_named() -> None:
    found = without(4, 5, 6)
    found["elements"].append(element(77, "auto_shape", (0, 0, 10, 7.5), fill=paint("#FFFF00"), geometry="ellipse"))
    scores = against_reference(found)
    assert scores.missing == (5, 6)
    assert scores.surplus == (77,)
    assert [(pair.generated, pair.reference) for pair in scores.pairs] == [(id, id) for id in (2, 3, 7, 8, 9, 10)]
    assert scores.text < 100


def test_a_hidden_group_hides_its_members() -> None:
    assert figures(against_reference(changed(4, is_hidden=True))) == figures(against_reference(without(4, 5, 6)))


def test_a_moved_and_reworded_element_is_still_the_same_one() -> None:
    found = changed(3, text=said("Yeast eats the sugar", "Gas is kept by gluten"))
    found["elements"][1]["corners"] = element(0, box=(1, 1.8, 4, 2))["corners"]
    pair = next(pair for pair in against_reference(found).pairs if pair.reference == 3)
    assert pair.generated == 3
    assert pair.text is not None
    assert 70 < pair.text < 100
    assert 50 < pair.position < 90
    assert pair.color == 100


def test_words_of_one_text_in_two_boxes_are_found_again_in_the_likelier_one() -> None:
    halves = without(3)
    halves["elements"] += [
        element(31, box=(0.5, 1.5, 4, 1), text=said("Yeast eats sugar")),
        element(32, box=(0.5, 2.5, 4, 1), text=said("Gas is kept by gluten")),
    ]
    scores = against_reference(halves)
    assert [pair.generated for pair in scores.pairs if pair.reference == 3] == [32]
    assert 50 < scores.text < 100


def test_words_in_two_colours_on_the_same_spot_keep_their_colours() -> None:
    shadowed = [element(2, text=said("Bread", color="#808080")), element(3, text=said("Bread", color="#FFFFFF"))]
    scores = fixed(slide(*shadowed), slide(*shadowed[::-1]), size=SIZE)
    assert scores.color == 100
    assert [(pair.generated, pair.reference) for pair in scores.pairs] == [(2, 2), (3, 3)]


def test_equally_good_pairings_come_out_the_same_in_both_directions() -> None:
    red: dict[str, Any] = {"size_pt": 9, "color": "#FF0000"}
    one = slide(
        element(0, box=(2, 0, 2, 1), text=said("abd", **red)), element(1, box=(1, 0, 2, 1), text=said("abc", **red))
    )
    other = slide(element(0, box=(2, 1, 2, 1), text=said("a")), element(1, box=(1, 1, 2, 1), text=said("ab")))
    assert figures(fixed(one, other, size=SIZE)) == figures(fixed(other, one, size=SIZE))


def test_labels_on_a_picture_and_the_picture_each_weigh_about_half() -> None:
    photo = element(2, "picture", (0, 0, 10, 7.5), picture=picture("a1"))
    labels = [
        element(10 + i, box=(1, i, 0.5, 0.2), text=said(word)) for i, word in enumerate(("Crust", "Crumb", "Salt"))
    ]
    whole = slide(photo, *labels)
    for part in (slide(photo), slide(*labels)):
        assert 45 < fixed(part, whole, size=SIZE).match < 80


def test_short_words_are_compared_too() -> None:
    scores = fixed(slide(element(2, text=said("12"))), slide(element(2, text=said("13"))), size=SIZE)
    assert scores.text == pytest.approx(100 / 3)  # of "  1", " 12", "12 " the first is shared


def test_a_bare_shape_is_known_by_its_look_near_its_place_alone() -> None:
    there = element(2, "auto_shape", (1, 1, 1, 1), fill=paint("#C00000"))
    for left, is_known in ((1.5, True), (7, False)):
        moved = there | {"corners": element(2, box=(left, 1, 1, 1))["corners"]}
        assert (fixed(slide(moved), slide(there), size=SIZE).match == 100) is is_known
    assert fixed(slide(there | {"geometry": "ellipse", "fill": paint("#00C000")}), slide(there), size=SIZE).color < 60


def test_fills_without_a_single_colour_are_told_apart_by_kind() -> None:
    def ours(kind: str, color: str | None) -> dict[str, Any]:
        return slide() | {"background": {"kind": kind, "color": color}}

    assert fixed(ours("picture", None), ours("picture", None), size=SIZE).color == 100
    assert fixed(ours("picture", None), ours("gradient", None), size=SIZE).color == 0
    assert fixed(ours("gradient", "#112233"), ours("solid", "#112233"), size=SIZE).color == 50


def test_two_unrelated_slides_get_nothing() -> None:
    other = slide(
        element(2, box=(3, 5, 3, 1), text=said("Quarterly KPI dashboard")),
        element(3, "auto_shape", (1, 3, 1, 1), fill=paint("#7030A0"), geometry="ellipse"),
        element(4, "picture", (0, 0, 1.5, 1.2), picture=picture("zz")),
    )
    assert figures(against_reference(other)) == (0, 0, 0, 0)


def test_what_cannot_be_seen_does_not_count() -> None:
    found = reference()
    found["elements"] += [
        element(20, text=said(" ")),
        element(21, "placeholder", placeholder={"is_empty": True}, fill=paint("#FF0000")),
        element(22, "auto_shape", fill=paint("#FF0000") | {"alpha": 0.0}),
        element(23, "group", (0, 0, 10, 7)),
    ]
    assert figures(against_reference(found)) == (100,) * 4


def test_no_background_is_white_paper() -> None:
    assert against_reference(reference() | {"background": {"kind": "none", "color": None}}).color == 100


def test_empty_slides_differ_by_their_backgrounds_alone() -> None:
    dark = fixed(slide(background="#000000"), slide(), size=SIZE)
    assert figures(dark) == (100, 100, pytest.approx(0, abs=1e-9), 100)


def test_an_empty_slide_gets_nothing_against_a_full_one() -> None:
    assert figures(against_reference(slide())) == (0, 0, 0, 0)


def test_slides_are_compared_as_shares_of_their_size() -> None:
    double = reference()
    for one in double["elements"]:
        one["corners"] = [[2 * x, 2 * y] for x, y in one["corners"]]
        if one["text"]:
            for paragraph in one["text"]["paragraphs"]:
                paragraph["runs"][0]["size_pt"] *= 2
    del double["elements"][5]  # the table
    scores = fixed(double, without(7), size=Size(2 * SIZE.width, 2 * SIZE.height), reference_size=SIZE)
    assert figures(scores) == (100,) * 4


def deck(*slides: dict[str, Any]) -> dict[str, Any]:
    return {"width": SIZE.width, "height": SIZE.height, "slides": list(slides)}


def test_slides_that_one_deck_has_not_count_nothing() -> None:
    scores = deck_scores(deck(reference()), deck(reference(), slide()))
    assert (scores.match, scores.text, scores.color, scores.position, scores.total) == (50,) * 5
    assert (scores.n_scored, scores.n_total) == (1, 2)
    assert scores.slides[1] is None
    assert deck_scores(deck(reference(), slide()), deck(reference())).total == 50
    assert deck_scores(deck(), deck()).total == 100


inches = st.sampled_from([-1, 0, 0.5, 1, 1.01, 4])
colors = st.sampled_from([None, "#FFFFFF", "#FEFFFF", "#C00000", "#112233"])
words = st.sampled_from(["", " ", "a", "ab", "Yeast", "yeast eats", "日本", "x\ny", "Gas is kept"])
texts = st.one_of(
    st.none(),
    st.builds(
        said, words, words, size_pt=st.sampled_from([4, 18, 18.5]), color=st.sampled_from(["#000000", "#FFFFFF"])
    ),
)
bare = st.builds(
    element,
    st.integers(2, 5),
    st.sampled_from(["text_box", "auto_shape", "placeholder", "picture", "connector", "diagram", "table", "chart"]),
    st.tuples(inches, inches, inches.map(abs), inches.map(abs)),
    rotation=st.sampled_from([0.0, 30.0, 359.5]),
    fill=st.builds(paint, colors, st.sampled_from(["solid", "gradient"])),
    line=st.none() | st.fixed_dictionaries({"color": colors, "width_pt": st.just(1.0)}),
    geometry=st.sampled_from([None, "rect", "ellipse"]),
    text=texts,
    picture=st.none() | st.builds(picture, st.sampled_from(["a1", "b2"]), st.sampled_from([0.0, 0.3])),
    chart=st.none() | st.builds(chart, st.sampled_from([1, 2]), st.just(3)),
    table=st.none() | st.fixed_dictionaries({"cells": st.lists(st.tuples(texts), max_size=2)}),
    is_hidden=st.booleans(),
)
slides = st.fixed_dictionaries(
    {
        "elements": st.lists(bare, max_size=5),
        "background": st.builds(paint, colors, st.sampled_from(["solid", "picture"])),
    }
)


@given(slides)
@settings(max_examples=300, deadline=None)
def test_any_slide_is_perfect_against_itself(one: dict[str, Any]) -> None:
    assert figures(fixed(one, one, size=SIZE)) == (100,) * 4


@given(slides, slides)
@settings(max_examples=300, deadline=None)
def test_figures_are_shares_and_the_same_in_both_directions(one: dict[str, Any], other: dict[str, Any]) -> None:
    forth, back = fixed(one, other, size=SIZE), fixed(other, one, size=SIZE)
    assert figures(forth) == figures(back)
    assert all(0 <= figure <= 100 for figure in (*figures(forth), forth.total))
    assert sorted((b, a) for a, b, *_ in forth.pairs) == sorted((a, b) for a, b, *_ in back.pairs)


@given(slides)
@settings(max_examples=100, deadline=None)
def test_the_order_of_elements_does_not_matter(one: dict[str, Any]) -> None:
    assert figures(fixed(one | {"elements": one["elements"][::-1]}, one, size=SIZE)) == (100,) * 4
