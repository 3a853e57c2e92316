# pyright: basic, reportAttributeAccessIssue=false
# python-pptx's shapes are typed in part only.
import copy
import math
import re
from pathlib import Path

import numpy as np
import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Inches, Pt

from tests.conftest import processor_seconds
from tests.slide_defects import DEFECTS, build_deck
from tests.slide_page import DESIGNS, SENTENCE, Page
from viga_mcp.config import Config
from viga_mcp.decks import Decks
from viga_mcp.inspection import Inspector
from viga_mcp.revisions import Store
from viga_mcp.slide_checks import check_slide
from viga_mcp.slide_checks.boxes import Box, common_area, turned
from viga_mcp.slide_checks.finding import KINDS
from viga_mcp.slide_checks.legibility import contrast
from viga_mcp.slide_checks.lines import Line
from viga_mcp.slide_checks.view import Shape, View
from viga_mcp.slides import kit
from viga_mcp.slides.graph import read_graph

pytestmark = pytest.mark.slides
SAMPLE_DECKS = Path(__file__).parents[2] / "shared" / "data" / "decks"  # beside the checkout, where there are any


@pytest.fixture(scope="module")
async def inspected(tmp_path_factory):
    """A function that saves a deck, opens it, draws it and returns what the checks find."""
    workspace = tmp_path_factory.mktemp("workspace")
    with Store.open(workspace, "deck") as store:
        async with Decks(store, Config(workspace)) as decks:

            async def inspected(deck, name):
                path = workspace / f"{name}.pptx"
                deck.save(str(path))
                revision = await decks.open(name, path)
                graph = (await decks.reading(revision)).graph
                return Inspector().inspect(graph, await decks.paint(revision))

            yield inspected


async def test_every_seeded_defect_is_found_on_its_slide_and_names_its_shape(inspected):
    deck, ids = build_deck(DEFECTS, is_broken=True)
    found = {(one.kind, one.slide, shape) for one in await inspected(deck, "broken") for shape in one.shapes}
    missed = [
        f"slide {number}: {one.kind}, {one.name}"
        for number, (one, shape) in enumerate(zip(DEFECTS, ids, strict=True), 1)
        if (one.kind, number, shape) not in found
    ]
    assert missed == []


async def test_nothing_is_found_on_the_same_slides_without_their_defects(inspected):
    deck, _ = build_deck(DEFECTS, is_broken=False)
    alarms = [f"{DEFECTS[one.slide - 1].name}: {one.kind}, {one.text}" for one in await inspected(deck, "clean")]
    assert alarms == []


async def test_placeholders_of_a_narrow_template_on_a_wide_page_are_told(inspected):
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(40 / 3), Inches(7.5)
    title, content = deck.slides.add_slide(deck.slide_layouts[1]).placeholders
    title.text_frame.text, content.text_frame.text = "Spring", "Ferries carried more"
    (found,) = [one for one in await inspected(deck, "narrow") if one.kind == "template_other_size"]
    assert found.shapes == (title.shape_id, content.shape_id)
    assert found.value == pytest.approx(0.375, abs=0.005)


async def test_a_font_that_is_not_installed_is_told_once_with_its_slides(inspected):
    deck = kit.blank_presentation()
    for _ in range(2):
        page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
        page.text("Ferries", (100, 100, 300, 40), font="Harbour Sans")
    (found,) = await inspected(deck, "fonts")
    assert (found.kind, found.slide, found.value) == ("font_substituted", 0, 2)
    assert "'Harbour Sans'" in found.text
    assert "slides 1, 2" in found.text


async def test_text_of_a_free_label_may_be_wider_than_its_frame(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    page.text("Ferries carried more people", (100, 100, 40, 10)).text_frame.word_wrap = False
    assert await inspected(deck, "label") == []


async def test_a_table_that_grows_into_empty_space_is_no_defect(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    page.table([["Line", "Ferries carried more people this spring"]] * 3, (100, 60, 200, 60))
    page.panel("Counted every morning", (100, 400, 300, 60))
    assert await inspected(deck, "growing") == []


async def test_a_superscript_does_not_look_like_tiny_text_at_the_edge_of_the_slide(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    shape = page.text("In the 9", (100, 100, 400, 40))
    for words, baseline in (("th", "30000"), (" century", None)):
        run = shape.text_frame.paragraphs[0].add_run()
        run.text, run.font.size, run.font.name = words, Pt(18), "Calibri"
        if baseline:
            run._r.get_or_add_rPr().set("baseline", baseline)
    assert await inspected(deck, "superscript") == []


async def test_overflow_is_gone_once_its_frame_or_letters_are_changed_as_told(inspected):
    boxes = [
        ((100, 100, 300, 50), MSO_SHAPE.RECTANGLE, MSO_ANCHOR.MIDDLE, True),
        ((500, 100, 250, 80), MSO_SHAPE.ROUNDED_RECTANGLE, MSO_ANCHOR.TOP, True),
        ((100, 300, 200, 70), MSO_SHAPE.RECTANGLE, MSO_ANCHOR.TOP, True),
        ((500, 300, 160, 60), MSO_SHAPE.RECTANGLE, MSO_ANCHOR.MIDDLE, False),
    ]

    def build(changes=()):
        deck = kit.blank_presentation()
        page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
        for number, (box, kind, anchor, wraps) in enumerate(boxes):
            shape = (
                page.panel(SENTENCE.strip() * (1 + wraps), box, 20, kind)
                if wraps
                else page.panel("Ferries carried more", box, 20, kind)
            )
            shape.text_frame.vertical_anchor, shape.text_frame.word_wrap = anchor, wraps
            if changes:
                changes[number](shape)
        return deck

    def apply(told):
        higher, wider, smaller = (
            re.search(pattern, told)
            for pattern in (r"about ([\d.]+) in higher", r"about ([\d.]+) in wider", r"letters about ([\d.]+) pt")
        )
        assert higher or wider
        assert smaller

        def grow(shape):
            if higher:
                shape.height += Inches(float(higher[1]))
            if wider:
                shape.width += Inches(float(wider[1]))

        def shrink(shape):
            for run in (run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs):
                run.font.size = Pt(float(smaller[1]))

        return grow, shrink

    told = [one.text for one in await inspected(build(), "overfull") if one.kind == "text_overflow"]
    by_name = {re.findall(r"Rectangle (\d)", text)[0]: apply(text) for text in told}
    for way in (0, 1):
        changes = [by_name[str(number)][way] for number in range(1, len(boxes) + 1)]
        assert [one for one in await inspected(build(changes), f"changed-{way}") if "text" in one.kind] == []


async def test_blank_lines_that_push_text_out_are_told_as_the_cause(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    page.panel("\n\n\n\nFerries", (100, 100, 300, 50), 20).text_frame.vertical_anchor = MSO_ANCHOR.TOP

    told = [one.text for one in await inspected(deck, "blank-lines") if one.kind == "text_overflow"]

    assert len(told) == 1
    assert "take out the blank lines at its beginning or end" in told[0]


async def test_lines_may_end_where_a_language_or_a_hyphen_lets_them(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    for number, words in enumerate(
        (
            "渡轮今年春季的载客量超过以往任何一个春季。",
            "Steam-powered-ferries-and-their-timetables",
            "Ferries carried\vmore people than\vbuses",
            "เรือข้ามฟากบรรทุกผู้โดยสารมากกว่าที่เคย",
            "Ferries carried more\n\npeople than any bus",
        )
    ):
        page.text(words, (60 + 170 * number, 60, 150, 300), 18)
    link = page.text("The GitHub repository", (60, 400, 170, 80), 18)
    link.text_frame.paragraphs[0].runs[
        0
    ].hyperlink.address = "https://harbour.example"  # LibreOffice breaks it anywhere
    assert [one.text for one in await inspected(deck, "breaks") if one.kind == "word_broken"] == []


async def test_what_lies_over_an_edge_on_purpose_is_not_told(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    for words, left, fill in (("Ferries", 60, "0B5D66"), ("Buses", 160, "7A1F1F")):  # circles that cut each other
        circle = page.panel(words, (left, 60, 150, 150), 14, MSO_SHAPE.OVAL, fill, color="FFFFFF")
        circle.text_frame.margin_left = Pt(4 if left == 60 else 50)
    page.panel("Carried more people", (400, 80, 300, 100))
    page.panel("1", (385, 65, 30, 30), 14, MSO_SHAPE.OVAL, "0B5D66", color="FFFFFF")
    page.picture((60, 260, 300, 220))
    page.panel("A card that a designer has laid over the edge of a picture", (300, 300, 200, 120), 16)
    page.panel("Pale", (600, 300, 120, 40), 14, MSO_SHAPE.ROUNDED_RECTANGLE, "F3F4F6")
    assert [one.text for one in await inspected(deck, "meant") if one.kind in {"half_over", "fill_faint"}] == []


async def test_lines_that_connect_shapes_or_keep_off_them_are_not_told(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    hub = page.panel("Hub", (400, 180, 140, 100), kind=MSO_SHAPE.OVAL)
    for number, box in enumerate([(80, 60, 140, 60), (700, 60, 140, 60), (80, 380, 140, 60), (700, 380, 140, 60)]):
        line = page.line((0, 0), (1, 1))
        line.begin_connect(hub, number)
        line.end_connect(page.panel("Ferries", box), number)
    page.line((80, 444), (220, 444))  # below a box, along it
    page.line((224, 90), (696, 90))  # between two boxes, and as far from both
    page.slide.shapes.add_connector(MSO_CONNECTOR.ELBOW, Pt(220), Pt(400), Pt(697), Pt(420))
    assert await inspected(deck, "connected") == []


async def test_texts_in_line_are_no_near_miss_however_their_unseen_frames_stand(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    page.text("Ferries carried more", (100, 100, 400, 40))
    page.text("Buses carried fewer", (97, 150, 400, 40)).text_frame.margin_left = Pt(10.2)
    page.text("410", (100, 300, 90, 60), 36)
    page.text("people a day", (200, 303, 200, 40), 18)
    assert await inspected(deck, "unseen") == []


async def test_findings_of_one_cause_are_told_once_and_name_all_shapes(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    rows = [
        [page.panel(f"Ferries {number}", (60 + 160 * number + shift, top, 140, 80)) for number in range(5)]
        for top, shift in ((100, 0), (200, 3))
    ]
    faint = [page.text("Counted", (60 + 160 * number, 350, 140, 40), color="B8BCC2") for number in range(3)]
    contrast_, alignment = await inspected(deck, "once")
    assert (contrast_.kind, contrast_.shapes) == ("contrast_low", tuple(shape.shape_id for shape in faint))
    assert (alignment.kind, set(alignment.shapes)) == ("alignment", {one.shape_id for row in rows for one in row})
    assert alignment.text.count("3.0 pt") == 1
    assert "So with 'Rectangle 7' (\"Ferries 1\"), " in alignment.text


async def test_a_shape_that_nobody_named_is_told_with_its_first_words(inspected):
    deck = kit.blank_presentation()
    page = Page(kit.add_slide(deck, "Blank"), DESIGNS[0], False)
    page.text("Ferries carried more people this spring", (100, 100, 500, 30), 7)
    page.text("Counted", (100, 200, 500, 30), 6).name = "Source"
    page.table([["Line", "People"], ["North", "410"]], (100, 300, 400, 60), 8)
    texts = [one.text for one in await inspected(deck, "names")]
    assert any("'TextBox 1' (\"Ferries carried more people…\")" in text for text in texts)
    assert any("in 'Source' is 6 pt" in text for text in texts)
    assert any("'Table 3' (\"Line\")" in text for text in texts)


@pytest.mark.skipif(not SAMPLE_DECKS.is_dir(), reason="no sample decks here")
@pytest.mark.parametrize("path", sorted(SAMPLE_DECKS.glob("*.pptx")), ids=lambda path: path.stem)
async def test_findings_of_real_decks_name_shapes_of_their_slide(inspected, path):
    deck = pptx.Presentation(str(path))
    ids = [{int(i) for i in slide._element.xpath("//p:cNvPr/@id")} for slide in deck.slides]
    for one in await inspected(deck, f"real-{path.stem}"):
        assert set(one.shapes) <= (ids[one.slide - 1] if one.slide else set())
        assert one.kind in KINDS
        assert math.isfinite(one.value)


def test_every_kind_has_a_seeded_defect_or_a_test_of_its_own():
    assert {one.kind for one in DEFECTS} | {"font_substituted", "template_other_size"} == set(KINDS)


# WebAIM's contrast checker tells these.
@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("000000", "FFFFFF", 21), ("777777", "FFFFFF", 4.48), ("767676", "FFFFFF", 4.54), ("FF0000", "FFFFFF", 4.0),
     ("0000FF", "FFFFFF", 8.59), ("FFFFFF", "FFFFFF", 1)],
)  # fmt: skip
def test_contrast_is_wcags(one, other, ratio):
    colors = [np.array(list(bytes.fromhex(color)), float) for color in (one, other)]
    assert float(contrast(*colors)) == pytest.approx(ratio, abs=0.005)
    assert contrast(*colors) == contrast(*reversed(colors))


LENGTHS = st.floats(1, 1e7)
PLACES = st.floats(-1e7, 1e7)
ANGLES = st.floats(0, 360)


@given(PLACES, PLACES, LENGTHS, LENGTHS, ANGLES, st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_a_line_inside_a_turned_frame_is_inside_it_before_it_is_turned(x, y, width, height, angle, across, down):
    middle = x + width / 2, y + height / 2
    spot = x + across * width, y + down * height
    element = {"box": [x, y, width, height], "rotation": angle, "corners": []}
    line = Line("a", 1.0, None, angle, (turned(spot, angle, middle),) * 4)
    box = Shape(element, (line,)).within_frame(line)
    assert box == pytest.approx((*spot, *spot), abs=1e-6 * (abs(x) + abs(y) + width + height))


@given(PLACES, PLACES, LENGTHS, LENGTHS, ANGLES)
def test_a_quadrilateral_shares_all_of_itself_with_itself_however_it_is_turned(x, y, width, height, angle):
    corners = [
        turned(corner, angle, (x, y)) for corner in ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    ]
    assert common_area(corners, corners) == pytest.approx(width * height, rel=1e-3, abs=1e-2 * (abs(x) + abs(y)))
    assert common_area(corners, corners[::-1]) == pytest.approx(common_area(corners, corners))


@given(*[st.tuples(PLACES, PLACES, LENGTHS, LENGTHS)] * 2)
def test_upright_quadrilaterals_share_what_their_boxes_do(one, other):
    boxes = [Box(x, y, x + width, y + height) for x, y, width, height in (one, other)]
    corners = [((b.left, b.top), (b.right, b.top), (b.right, b.bottom), (b.left, b.bottom)) for b in boxes]
    assert common_area(*corners) == pytest.approx(boxes[0].common(boxes[1]).area, rel=1e-6, abs=1e-2 * 1e7)


def test_a_cross_shares_the_square_in_its_middle():
    bar = ((-5.0, -1.0), (5.0, -1.0), (5.0, 1.0), (-5.0, 1.0))
    assert common_area(bar, [turned(corner, 90, (0, 0)) for corner in bar]) == pytest.approx(4)
    assert common_area(bar, [turned(corner, 45, (0, 0)) for corner in bar]) == pytest.approx(4 * math.sqrt(2))


def test_a_slide_that_no_one_drew_is_checked_by_what_its_file_says():
    deck, _ = build_deck(
        [one for one in DEFECTS if one.kind in {"picture_distorted", "placeholder_empty"}], is_broken=True
    )
    graph = read_graph(deck)
    found = {one.kind for n in range(1, len(graph["slides"]) + 1) for one in check_slide(graph, n, None, None)}
    assert {"picture_distorted", "placeholder_empty"} <= found


def test_checking_changes_neither_graph_nor_layout():
    graph = read_graph(build_deck(DEFECTS[:3], is_broken=True)[0])
    line = {
        "text": "a",
        "left": 0,
        "baseline": 0,
        "width": 9,
        "size_pt": 5.0,
        "color": "#000000",
        "rotation": 0.0,
        "paragraph": 0,
    }
    layout = {"slide": 1, "shapes": {"2": {"box": [0, 0, 9, 9], "lines": [line, dict(line)]}}, "substituted": {}}
    before = copy.deepcopy((graph, layout))
    check_slide(graph, 1, layout, np.zeros((54, 96, 3), np.uint8))
    assert (graph, layout) == before


def test_a_view_leaves_out_hidden_shapes():
    graph = read_graph(build_deck(DEFECTS[:1], is_broken=True)[0])
    graph["slides"][0]["elements"][0]["is_hidden"] = True
    assert View(graph["slides"][0], graph["width"], graph["height"]).shapes == ()


def test_a_slide_of_thousands_of_shapes_is_checked_about_as_fast_as_they_are_many():
    few, many = (_crowd(count) for count in (300, 3000))

    assert processor_seconds(lambda: check_slide(*many)) < 40 * processor_seconds(lambda: check_slide(*few))


def _crowd(count):
    """A slide of boxes with a word each, as the graph and the layout tell it."""
    prs = kit.blank_presentation()
    slide = prs.slides.add_slide(prs.slide_layouts[6])
    for number in range(count):
        box = slide.shapes.add_textbox(Pt(9 * (number % 100)), Pt(14 * (number // 100)), Pt(8), Pt(12))
        box.text_frame.text = "w"
    graph = read_graph(prs)
    line = {"text": "w", "width": 90_000, "size_pt": 10, "color": "#000000", "rotation": 0, "paragraph": 0}
    shapes = {}
    for element in graph["slides"][0]["elements"]:
        left, top, width, height = element["box"]
        drawn = {**line, "left": left, "baseline": top + height}
        shapes[str(element["id"])] = {"box": [left, top, left + width, top + height], "lines": [drawn]}
    return graph, 1, {"slide": 1, "substituted": {}, "shapes": shapes}, None
