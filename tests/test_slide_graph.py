# pyright: basic
# python-pptx's shapes are typed in part only.
import copy
import io
import json
import time
from pathlib import Path

import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pptx.chart.data import BubbleChartData, CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Emu, Inches, Pt

from viga_mcp.slides.graph import read_graph
from viga_mcp.slides.graph.placement import Frame, Space
from viga_mcp.slides.graph.tags import length

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
SPACES = f"""xmlns:a="{A}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" """
TITLE_AND_CONTENT, BLANK = 1, 6
SAMPLE_DECKS = Path(__file__).parents[2] / "shared" / "data" / "decks"  # beside the checkout, where there are any


@pytest.fixture
def deck():
    return pptx.Presentation()


@pytest.fixture
def slide(deck):
    return deck.slides.add_slide(deck.slide_layouts[BLANK])


def xml(text):
    """An element whose first tag gets the usual namespaces."""
    end = min(text.index(mark) for mark in (" ", ">", "/") if mark in text)
    return parse_xml(f"{text[:end]} {SPACES}{text[end:]}")


def elements(deck, number=1):
    return read_graph(deck)["slides"][number - 1]["elements"]


def only(deck):
    (element,) = elements(deck)
    return element


def runs(element):
    return [run for paragraph in element["text"]["paragraphs"] for run in paragraph["runs"]]


def parts_of(deck):
    return {str(part.partname): part.blob for part in deck.part.package.iter_parts()}


def png(width=40, height=20, color="red"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    file.seek(0)
    return file


def shape_xml(identity, xfrm, inside="", after=""):
    return f"""<p:sp {SPACES}><p:nvSpPr><p:cNvPr id="{identity}" name="s{identity}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>
<p:spPr>{xfrm}<a:prstGeom prst="rect"/>{inside}</p:spPr>{after}</p:sp>"""


def group_xml(identity, properties, members):
    return f"""<p:grpSp {SPACES}><p:nvGrpSpPr><p:cNvPr id="{identity}" name="g{identity}"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>
<p:grpSpPr>{properties}</p:grpSpPr>{members}</p:grpSp>"""


def xfrm(x, y, width, height, attributes="", inner=None):
    child = '<a:chOff x="{}" y="{}"/><a:chExt cx="{}" cy="{}"/>'.format(*inner) if inner else ""
    return f'<a:xfrm {attributes}><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/>{child}</a:xfrm>'


def append(slide, text):
    slide.shapes._spTree.append(parse_xml(text))


def painted(slide, color, after=""):
    append(slide, shape_xml(9, xfrm(0, 0, 100, 100), f"<a:solidFill>{color}</a:solidFill>", after))


def everything(deck):
    """A deck with some of everything that python-pptx's own readers might add to."""
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Title"
    first.notes_slide.notes_text_frame.text = "Say hello"
    second = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    second.shapes.add_picture(png(), 0, 0)
    second.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1))
    data = CategoryChartData()
    data.categories = ["a", "b"]
    data.add_series("s", (1, 2))
    second.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(2), Inches(2), data)
    second.shapes.add_connector(1, 0, 0, 10, 10)
    second.shapes.add_group_shape([second.shapes.add_shape(1, 0, 0, 10, 10)])
    second.shapes.add_textbox(0, 0, 10, 10)
    append(second, shape_xml(99, ""))
    return deck


def test_reading_a_deck_leaves_every_part_of_it_as_it_was_to_the_byte(deck):
    everything(deck)
    before = parts_of(deck)

    first, again = read_graph(deck), read_graph(deck)

    assert parts_of(deck) == before
    assert first == again


def test_a_deck_without_slides_gets_no_list_of_them(deck):
    before = parts_of(deck)

    assert read_graph(deck)["slides"] == []
    assert parts_of(deck) == before


def test_the_graph_is_json_and_says_size_and_theme(deck):
    graph = json.loads(json.dumps(read_graph(everything(deck)), allow_nan=False))

    assert (graph["width"], graph["height"]) == (9144000, 6858000)
    assert graph["theme"]["major"] == graph["theme"]["minor"] == "Calibri"
    assert graph["theme"]["colors"]["accent1"] == "#4F81BD"
    assert len(graph["theme"]["colors"]) == 12
    assert [slide["number"] for slide in graph["slides"]] == [1, 2]
    assert not [element for slide in graph["slides"] for element in slide["elements"] if "trouble" in element]


def test_only_the_slides_asked_for_are_read(deck):
    for _ in range(4):
        deck.slides.add_slide(deck.slide_layouts[BLANK])

    assert [slide["number"] for slide in read_graph(deck, slides={2, 4, 9})["slides"]] == [2, 4]


def test_a_slide_says_layout_title_notes_and_whether_it_is_hidden(deck):
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    slide.shapes.title.text = "Where we\vstand"
    slide.notes_slide.notes_text_frame.text = "First line\nsecond line"
    slide._element.set("show", "0")

    (found,) = read_graph(deck)["slides"]

    assert found["title"] == "Where we\nstand"
    assert found["notes"] == "First line\nsecond line"
    assert (found["layout"], found["hidden"], found["id"]) == ("Title and Content", True, slide.slide_id)


def test_a_slide_without_title_or_notes_says_so(deck, slide):
    (found,) = read_graph(deck)["slides"]

    assert (found["title"], found["notes"], found["hidden"]) == (None, "", False)


@pytest.mark.parametrize(
    ("color", "shown"),
    [
        ('<a:schemeClr val="accent1"/>', "#4F81BD"),
        ('<a:schemeClr val="tx1"/>', "#000000"),
        ('<a:schemeClr val="bg2"/>', "#EEECE1"),
        ('<a:schemeClr val="accent1"><a:lumMod val="50000"/></a:schemeClr>', "#254061"),
        ('<a:schemeClr val="accent6"><a:lumMod val="40000"/><a:lumOff val="60000"/></a:schemeClr>', "#FCD5B5"),
        ('<a:schemeClr val="tx1"><a:lumMod val="65000"/><a:lumOff val="35000"/></a:schemeClr>', "#595959"),
        ('<a:schemeClr val="accent1"><a:tint val="40000"/></a:schemeClr>', "#D0D8E8"),
        ('<a:schemeClr val="accent1"><a:shade val="50000"/></a:schemeClr>', "#385D8A"),
        ('<a:schemeClr val="accent1"><a:satMod val="150000"/></a:schemeClr>', "#337ED9"),
        ('<a:schemeClr val="accent1"><a:lumMod val="50%"/></a:schemeClr>', "#254061"),
        ('<a:srgbClr val="12abEF"/>', "#12ABEF"),
        ('<a:prstClr val="dkOrange"/>', "#FF8C00"),
        ('<a:prstClr val="medSeaGreen"/>', "#3CB371"),
        ('<a:prstClr val="ltGray"/>', "#D3D3D3"),
        ('<a:sysClr val="window"/>', "#FFFFFF"),
        ('<a:sysClr val="windowText" lastClr="112233"/>', "#112233"),
        ('<a:scrgbClr r="0" g="100000" b="0"/>', "#00FF00"),
        ('<a:hslClr hue="7200000" sat="100000" lum="40000"/>', "#00CC00"),
    ],
)
def test_a_colour_is_what_powerpoint_makes_of_it(deck, slide, color, shown):
    painted(slide, color)

    assert only(deck)["fill"] == {"kind": "solid", "color": shown, "alpha": 1.0}


def test_a_see_through_fill_says_how_much(deck, slide):
    painted(slide, '<a:srgbClr val="FF0000"><a:alpha val="35000"/></a:srgbClr>')

    assert only(deck)["fill"] == {"kind": "solid", "color": "#FF0000", "alpha": 0.35}


def test_a_slide_with_a_colour_map_of_its_own_has_other_colours(deck, slide):
    painted(slide, '<a:schemeClr val="bg1"/>')
    others = " ".join(
        f'{name}="{name}"' for name in ("accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink")
    )
    override = f'<a:overrideClrMapping bg1="dk2" tx1="lt1" bg2="dk1" tx2="lt2" accent1="accent2" {others}/>'
    slide._element.append(xml(f"<p:clrMapOvr>{override}</p:clrMapOvr>"))

    assert only(deck)["fill"]["color"] == "#1F497D"


def test_fills_of_other_kinds_say_their_kind_and_mean_colour(deck, slide):
    stops = '<a:gs pos="0"><a:srgbClr val="000000"/></a:gs><a:gs pos="50000"><a:srgbClr val="FFFFFF"/></a:gs>'
    gradient = f'<a:gradFill><a:gsLst>{stops}<a:gs pos="100000"><a:srgbClr val="FFFFFF"/></a:gs></a:gsLst></a:gradFill>'
    ends = '<a:fgClr><a:srgbClr val="FF0000"/></a:fgClr><a:bgClr><a:srgbClr val="0000FF"/></a:bgClr>'
    for fill in (gradient, f'<a:pattFill prst="cross">{ends}</a:pattFill>', "<a:noFill/>"):
        append(slide, shape_xml(9, xfrm(0, 0, 9, 9), fill))

    assert [element["fill"] for element in elements(deck)] == [
        {"kind": "gradient", "color": "#BFBFBF", "alpha": 1.0},
        {"kind": "pattern", "color": "#800080", "alpha": 1.0},
        {"kind": "none", "color": None, "alpha": 0.0},
    ]


def test_a_shape_drawn_by_its_style_has_the_themes_fill_line_shadow_and_text_colour(deck, slide):
    shape = slide.shapes.add_shape(1, 0, 0, Inches(1), Inches(1))
    shape.text_frame.text = "on the accent"

    found = only(deck)

    assert found["kind"] == "auto_shape"
    assert found["geometry"] == "rect"
    assert found["fill"]["kind"] == "gradient"
    assert found["line"] == {"color": "#4A7EBB", "width_pt": 0.75}
    assert found["shadow"] is True
    assert runs(found)[0]["color"] == "#FFFFFF"


def test_a_shapes_own_line_and_effects_count_more_than_its_style(deck, slide):
    shape = slide.shapes.add_shape(1, 0, 0, Inches(1), Inches(1))
    shape.line.width = Pt(3)
    shape.line.color.theme_color = MSO_THEME_COLOR.ACCENT_2
    shape.shadow.inherit = False
    bare = slide.shapes.add_shape(1, 0, 0, Inches(1), Inches(1))
    bare.line.fill.background()

    lined, unlined = elements(deck)

    assert lined["line"] == {"color": "#C0504D", "width_pt": 3.0}
    assert lined["shadow"] is False
    assert unlined["line"] is None


def test_placeholders_take_place_size_colour_and_bullets_from_layout_and_master(deck):
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    slide.shapes.title.text = "Title"
    body = slide.placeholders[1].text_frame
    body.text = "one"
    second = body.add_paragraph()
    second.text, second.level = "two", 1

    title, content = elements(deck)

    assert title["kind"] == "placeholder"
    assert title["placeholder"] == {"type": "TITLE", "idx": 0, "is_empty": False, "inherits_position": True}
    assert title["box"] == [457200, 274638, 8229600, 1143000]
    assert title["text"]["paragraphs"][0]["align"] == "center"
    assert title["text"]["anchor"] == "middle"
    assert runs(title)[0] == {
        "text": "Title", "size_pt": 44.0, "font": "Calibri", "bold": False, "italic": False, "underline": False,
        "color": "#000000", "link": None, "is_field": False,
    }  # fmt: skip
    assert content["placeholder"] == {"type": "OBJECT", "idx": 1, "is_empty": False, "inherits_position": True}
    assert [run["size_pt"] for run in runs(content)] == [32.0, 28.0]
    assert [(paragraph["level"], paragraph["bullet"]) for paragraph in content["text"]["paragraphs"]] == [
        (0, True),
        (1, True),
    ]


def test_a_layouts_word_on_size_and_colour_counts_more_than_the_masters(deck):
    layout = deck.slide_layouts[TITLE_AND_CONTENT]
    style = layout.placeholders[0]._element.txBody.find(f"{{{A}}}lstStyle")
    properties = '<a:defRPr sz="2050" b="1"><a:solidFill><a:schemeClr val="accent2"/></a:solidFill></a:defRPr>'
    style.append(xml(f'<a:lvl1pPr algn="r"><a:buChar char="-"/>{properties}</a:lvl1pPr>'))
    slide = deck.slides.add_slide(layout)
    slide.shapes.title.text = "Title"

    paragraph = elements(deck)[0]["text"]["paragraphs"][0]

    assert (paragraph["align"], paragraph["bullet"]) == ("right", True)
    run = paragraph["runs"][0]
    assert (run["size_pt"], run["bold"], run["color"]) == (20.5, True, "#C0504D")


def test_the_shapes_list_style_the_paragraph_and_the_run_count_in_that_order(deck, slide):
    frame = slide.shapes.add_textbox(0, 0, 99, 99).text_frame
    frame._txBody.find(f"{{{A}}}lstStyle").append(xml('<a:lvl1pPr algn="ctr"><a:defRPr sz="3000" i="1"/></a:lvl1pPr>'))
    frame.text = "by the list style"
    frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    run = frame.paragraphs[0].add_run()
    run.text, run.font.size, run.font.color.rgb = "by itself", Pt(11), RGBColor(1, 2, 3)
    run.font.name, run.font.underline = "Georgia", True

    (paragraph,) = only(deck)["text"]["paragraphs"]

    assert paragraph["align"] == "right"
    first, second = paragraph["runs"]
    assert (first["size_pt"], first["italic"], first["font"], first["color"]) == (30.0, True, "Calibri", "#000000")
    assert (second["size_pt"], second["italic"], second["font"], second["color"]) == (11.0, True, "Georgia", "#010203")
    assert second["underline"] is True


def test_text_outside_of_placeholders_has_the_presentations_size_unless_the_master_names_another(deck, slide):
    slide.shapes.add_textbox(0, 0, 99, 99).text_frame.text = "words"
    assert runs(only(deck))[0]["size_pt"] == 18.0

    others = deck.slide_master._element.find(".//{*}otherStyle/{*}lvl1pPr/{*}defRPr")
    others.set("sz", "1300")
    assert runs(only(deck))[0]["size_pt"] == 13.0


def test_a_run_is_set_in_the_font_of_its_script(deck, slide):
    frame = slide.shapes.add_textbox(0, 0, 99, 99).text_frame
    for text in ("plain", "技术 AI", "שלום"):
        run = frame.paragraphs[0].add_run()
        run.text = text
        fonts = '<a:latin typeface="Arial"/><a:ea typeface="SimSun"/><a:cs typeface="David"/>'
        run._r.get_or_add_rPr().extend(xml(f"<a:rPr>{fonts}</a:rPr>"))

    assert [run["font"] for run in runs(only(deck))] == ["Arial", "SimSun", "David"]


def test_breaks_fields_and_links_are_runs(deck, slide):
    deck.slides.add_slide(deck.slide_layouts[BLANK])
    shape = slide.shapes.add_textbox(0, 0, 99, 99)
    paragraph = shape.text_frame.paragraphs[0]
    run = paragraph.add_run()
    run.text, run.hyperlink.address = "site", "https://example.org/a"
    paragraph.add_line_break()
    paragraph._p.append(xml('<a:fld id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}" type="slidenum"><a:t>7</a:t></a:fld>'))
    shape.click_action.target_slide = deck.slides[1]

    found = only(deck)

    site, line_break, number = runs(found)
    assert (site["link"], site["color"], site["underline"]) == ("https://example.org/a", "#0000FF", True)
    assert line_break["text"] == "\n"
    assert (number["text"], number["is_field"], site["is_field"]) == ("7", True, False)
    assert found["link"] == "slide 2"


def test_a_shapes_own_address_alternative_text_and_hiding_are_told(deck, slide):
    shape = slide.shapes.add_shape(1, 0, 0, 9, 9)
    shape.click_action.hyperlink.address = "https://example.org/b"
    names = shape._element.nvSpPr.cNvPr
    names.set("descr", "a box")
    names.set("hidden", "1")

    found = only(deck)

    assert (found["link"], found["alt"], found["is_hidden"]) == ("https://example.org/b", "a box", True)


def test_an_empty_placeholder_is_told_from_a_filled_one(deck):
    slide = deck.slides.add_slide(deck.slide_layouts[8])
    slide.placeholders[1].insert_picture(png(30, 30))
    slide.placeholders[2].text = "   "

    found = {element["placeholder"]["idx"]: element for element in elements(deck)}

    assert {index: element["placeholder"]["is_empty"] for index, element in found.items()} == {
        0: True,
        1: False,
        2: True,
    }
    assert (found[1]["kind"], found[1]["placeholder"]["type"]) == ("picture", "PICTURE")
    assert found[1]["box"] == [slide.placeholders[1].left, slide.placeholders[1].top, 5486400, 4114800]


def test_a_placeholder_that_its_layout_lacks_takes_the_masters_place(deck, slide):
    ph = '<p:nvPr><p:ph type="body" idx="77"/></p:nvPr>'
    text = shape_xml(9, "", after="<p:txBody><a:bodyPr/><a:p/></p:txBody>").replace("<p:nvPr/>", ph)
    append(slide, text)

    assert only(deck)["box"] == [457200, 1600200, 8229600, 4525963]


def test_the_frame_of_a_text_says_fit_direction_columns_insets_and_anchor(deck, slide):
    frame = slide.shapes.add_textbox(0, 0, 99, 99).text_frame
    attributes = 'vert="vert270" numCol="3" wrap="none" lIns="1" tIns="2" rIns="0.5in" bIns="4" anchor="b"'
    fit = '<a:normAutofit fontScale="62500" lnSpcReduction="20000"/>'
    frame._txBody.replace(frame._txBody.bodyPr, xml(f"<a:bodyPr {attributes}>{fit}</a:bodyPr>"))

    text = only(deck)["text"]

    del text["paragraphs"]
    assert text == {
        "autofit": "normal", "font_scale": 0.625, "line_reduction": 0.2, "wrap": False, "vertical": "vert270",
        "columns": 3, "insets": [1, 2, 457200, 4], "anchor": "bottom",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fit", "name"),
    [
        (MSO_AUTO_SIZE.NONE, "none"),
        (MSO_AUTO_SIZE.SHAPE_TO_FIT_TEXT, "shape"),
        (MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE, "normal"),
    ],
)
def test_the_three_ways_of_fitting_are_told_apart(deck, slide, fit, name):
    slide.shapes.add_textbox(0, 0, 99, 99).text_frame.auto_size = fit

    text = only(deck)["text"]

    assert (text["autofit"], text["font_scale"]) == (name, 1.0)


def test_a_frame_that_says_nothing_itself_has_the_usual_insets_and_the_layouts_fit(deck):
    layout = deck.slide_layouts[TITLE_AND_CONTENT]
    body = layout.placeholders[0]._element.txBody.bodyPr
    body.append(xml('<a:normAutofit fontScale="90000"/>'))
    slide = deck.slides.add_slide(layout)
    slide.shapes.add_textbox(0, 0, 9, 9)

    title, _, box = elements(deck)

    assert (title["text"]["autofit"], title["text"]["font_scale"]) == ("normal", 0.9)
    assert (box["text"]["insets"], box["text"]["anchor"]) == ([91440, 45720, 91440, 45720], "top")


def test_a_member_of_a_stretched_group_lies_where_the_group_puts_it(deck, slide):
    space = xfrm(1000, 2000, 400, 600, inner=(10, 20, 200, 200))
    append(slide, group_xml(2, space, shape_xml(3, xfrm(60, 70, 50, 100))))

    group, member = elements(deck)

    assert (group["id"], group["kind"], group["group"], group["z"]) == (2, "group", None, 0)
    assert group["box"] == [1000, 2000, 400, 600]
    assert (member["id"], member["group"], member["z"]) == (3, 2, 1)
    assert member["box"] == [1100, 2150, 100, 300]
    assert member["corners"] == [[1100, 2150], [1200, 2150], [1200, 2450], [1100, 2450]]


def test_a_turned_group_turns_its_members_about_its_own_centre(deck, slide):
    space = xfrm(0, 0, 400, 200, 'rot="5400000"', (0, 0, 400, 200))
    append(slide, group_xml(2, space, shape_xml(3, xfrm(0, 0, 100, 50, 'rot="2700000"'))))

    group, member = elements(deck)

    assert group["corners"] == [[300, -100], [300, 300], [100, 300], [100, -100]]
    assert member["rotation"] == 135.0
    assert member["box"] == [225, -75, 100, 50]


def test_a_flipped_group_mirrors_place_turn_and_flip_of_its_members(deck, slide):
    space = xfrm(0, 0, 400, 200, 'flipH="1"', (0, 0, 400, 200))
    append(slide, group_xml(2, space, shape_xml(3, xfrm(0, 0, 100, 50, 'rot="1800000" flipV="1"'))))

    _, member = elements(deck)

    assert member["box"] == [300, 0, 100, 50]
    assert (member["rotation"], member["flip"]) == (330.0, "hv")


def test_groups_within_groups_add_up(deck, slide):
    inner = xfrm(100, 0, 100, 100, 'rot="5400000"', (0, 0, 50, 50))
    outer = xfrm(1000, 1000, 400, 200, 'flipV="1"', (0, 0, 200, 100))
    append(slide, group_xml(2, outer, group_xml(4, inner, shape_xml(3, xfrm(0, 0, 50, 25)))))

    first, second, member = elements(deck)

    assert [first["group"], second["group"], member["group"]] == [None, 2, 4]
    assert second["box"] == [1200, 1000, 200, 200]
    assert (second["rotation"], second["flip"]) == (270.0, "v")
    # Upper half of the inner square; turned right by the inner group, which the outer one leaves at the right.
    assert sorted(member["corners"]) == [[1300, 1000], [1300, 1200], [1400, 1000], [1400, 1200]]
    assert (member["rotation"], member["flip"]) == (270.0, "v")


def test_a_member_that_lies_across_is_stretched_the_way_it_is_seen(deck, slide):
    space = xfrm(0, 0, 400, 100, inner=(0, 0, 100, 100))
    append(slide, group_xml(2, space, shape_xml(3, xfrm(30, 40, 40, 20, 'rot="5400000"'))))

    _, member = elements(deck)

    assert sorted(member["corners"]) == [[160, 30], [160, 70], [240, 30], [240, 70]]


def test_a_group_without_a_place_moves_nothing(deck, slide):
    append(slide, group_xml(2, "", shape_xml(3, xfrm(60, 70, 50, 100))))

    assert elements(deck)[1]["box"] == [60, 70, 50, 100]


sizes, places = st.floats(1.0, 1e6), st.floats(-1e6, 1e6)
angles, flips = st.floats(0, 359.99), st.booleans()
frames = st.tuples(places, places, sizes, sizes, angles, flips, flips).map(Frame._make)


@given(group=frames, member=frames)
def test_a_group_that_fills_its_own_place_unturned_leaves_its_members_alone(group, member):
    x, y, width, height = group[:4]
    space = Space(Frame(x, y, width, height), x, y, width, height)

    assert space.place(member)[:5] == pytest.approx(member[:5], rel=1e-9, abs=1e-3)


@given(group=frames, member=frames, corner=st.tuples(places, places))
def test_the_distances_between_corners_survive_a_group_that_keeps_its_size(group, member, corner):
    x, y = corner
    space = Space(group, x, y, group.width, group.height)
    placed = space.place(member)

    def distances(frame):
        corners = frame.corners()
        return [abs(complex(*corners[i]) - complex(*corners[0])) for i in (1, 2, 3)]

    assert distances(placed) == pytest.approx(distances(member), rel=1e-6, abs=1e-2)


@given(group=frames, member=frames)
def test_a_group_flipped_both_ways_is_one_turned_upside_down(group, member):
    inner = (0.0, 0.0, group.width, group.height)
    flipped = Space(group._replace(flip_h=True, flip_v=True), *inner).place(member)
    turned = Space(group._replace(flip_h=False, flip_v=False, rotation=group.rotation + 180), *inner).place(member)

    corners = turned.corners()
    for i, corner in enumerate(flipped.corners()):
        assert corner == pytest.approx(corners[(i + 2) % 4], rel=1e-6, abs=1e-2)


def test_a_shape_filled_like_its_group_has_the_groups_colour(deck, slide):
    fill = '<a:solidFill><a:srgbClr val="00FF00"/></a:solidFill>'
    space = xfrm(0, 0, 9, 9, inner=(0, 0, 9, 9))
    inner = group_xml(4, space + "<a:grpFill/>", shape_xml(3, xfrm(0, 0, 9, 9), "<a:grpFill/>"))
    append(slide, group_xml(2, space + fill, inner))

    assert [element["fill"]["color"] for element in elements(deck)] == [None, None, "#00FF00"]


def test_a_cropped_picture_says_file_size_and_what_is_cut_off(deck, slide):
    picture = slide.shapes.add_picture(png(40, 20), 0, 0)
    picture.crop_left, picture.crop_bottom = 0.25, -0.1
    slide.shapes.add_picture(png(40, 20), 9, 9)

    first, second = elements(deck)

    assert first["kind"] == "picture"
    found = first["picture"]
    assert found["file"].startswith("ppt/media/image")
    assert (found["format"], found["pixels"], found["crop"]) == ("png", [40, 20], [0.25, 0.0, 0.0, -0.1])
    assert (len(found["sha256"]), found["linked"]) == (64, None)
    assert second["picture"]["sha256"] == found["sha256"]


def test_a_linked_picture_says_its_address_and_is_not_fetched(deck, slide):
    picture = slide.shapes.add_picture(png(), 0, 0)
    blip = picture._element.blipFill.find(f"{{{A}}}blip")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    del blip.attrib[f"{{{kind}}}embed"]
    blip.set(f"{{{kind}}}link", slide.part.relate_to("http://example.invalid/a.png", f"{kind}/image", is_external=True))

    found = only(deck)["picture"]

    assert found == {
        "file": None, "format": None, "pixels": None, "sha256": None, "crop": [0.0] * 4,
        "linked": "http://example.invalid/a.png",
    }  # fmt: skip


def test_a_film_is_media_with_its_poster(deck, slide):
    slide.shapes.add_movie(io.BytesIO(b"film"), 0, 0, 99, 99, poster_frame_image=png(8, 6), mime_type="video/mp4")

    found = only(deck)

    assert (found["kind"], found["picture"]["pixels"]) == ("media", [8, 6])


def test_a_table_gives_texts_measures_and_merged_cells(deck, slide):
    table = slide.shapes.add_table(3, 3, 0, 0, Inches(3), Inches(1.5)).table
    for i in range(3):
        for j in range(3):
            table.cell(i, j).text = f"{i}{j}"
    table.cell(1, 1).merge(table.cell(2, 2))
    table.cell(0, 0).margin_left = Emu(5)
    table.cell(0, 1).fill.solid()
    table.cell(0, 1).fill.fore_color.rgb = RGBColor(255, 0, 0)

    found = only(deck)["table"]

    assert found["rows"][0] == ["00", "01", "02"]
    assert found["column_widths"] == [914400] * 3
    assert found["row_heights"] == [457200] * 3
    assert found["merged"] == [[1, 1, 2, 2]]
    assert found["cells"][0][0]["insets"] == [5, 45720, 91440, 45720]
    assert found["fills"][0][1]["color"] == "#FF0000"


def test_a_tables_style_gives_its_head_and_bands_their_look(deck, slide):
    table = slide.shapes.add_table(3, 1, 0, 0, Inches(3), Inches(1.5)).table
    for i in range(3):
        table.cell(i, 0).text = "word"

    found = only(deck)["table"]

    looks = [row[0]["paragraphs"][0]["runs"][0] for row in found["cells"]]
    assert [(look["bold"], look["color"]) for look in looks] == [
        (True, "#FFFFFF"),
        (False, "#000000"),
        (False, "#000000"),
    ]
    assert [row[0]["color"] for row in found["fills"]] == ["#4F81BD", "#D0D8E8", "#E9EDF4"]


def category_chart(slide, kind, **series):
    data = CategoryChartData()
    data.categories = ["north", "south"]
    for name, values in series.items():
        data.add_series(name, values)
    return slide.shapes.add_chart(kind, 0, 0, Inches(3), Inches(3), data).chart


@pytest.mark.parametrize(
    "kind",
    [
        "COLUMN_CLUSTERED", "COLUMN_STACKED", "COLUMN_STACKED_100", "BAR_CLUSTERED", "BAR_STACKED_100", "LINE",
        "LINE_MARKERS", "LINE_STACKED", "LINE_MARKERS_STACKED_100", "AREA", "AREA_STACKED", "DOUGHNUT", "DOUGHNUT_EXPLODED", "RADAR", "RADAR_FILLED", "RADAR_MARKERS",
    ],
)  # fmt: skip
def test_a_chart_gives_its_kind_categories_and_numbers(deck, slide, kind):
    chart = category_chart(slide, XL_CHART_TYPE[kind], east=(1, 2.5), west=(3, None))
    chart.has_legend = True

    found = only(deck)

    assert found["kind"] == "chart"
    assert found["chart"] == {
        "type": kind, "title": None, "categories": ["north", "south"],
        "series": [{"name": "east", "values": [1.0, 2.5]}, {"name": "west", "values": [3.0, None]}], "has_legend": True,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["PIE", "PIE_EXPLODED"])
def test_a_pie_gives_its_kind_and_lone_series(deck, slide, kind):
    category_chart(slide, XL_CHART_TYPE[kind], sales=(1, 2))

    found = only(deck)["chart"]

    assert (found["type"], found["has_legend"]) == (kind, False)
    assert found["series"] == [{"name": "sales", "values": [1.0, 2.0]}]


@pytest.mark.parametrize("kind", ["XY_SCATTER", "XY_SCATTER_LINES", "XY_SCATTER_SMOOTH_NO_MARKERS"])
def test_a_scatter_chart_gives_both_coordinates(deck, slide, kind):
    data = XyChartData()
    data.add_series("points").add_data_point(1.5, 2.5)
    slide.shapes.add_chart(XL_CHART_TYPE[kind], 0, 0, 99, 99, data)

    found = only(deck)["chart"]

    assert (found["type"], found["series"]) == (kind, [{"name": "points", "values": [2.5], "x": [1.5]}])


def test_a_bubble_chart_gives_sizes(deck, slide):
    data = BubbleChartData()
    data.add_series("bubbles").add_data_point(1, 2, 3)
    slide.shapes.add_chart(XL_CHART_TYPE.BUBBLE, 0, 0, 99, 99, data)

    found = only(deck)["chart"]

    assert (found["type"], found["series"][0]["sizes"]) == ("BUBBLE", [3.0])


def test_a_charts_title_is_its_own_or_the_name_of_its_lone_series(deck, slide):
    category_chart(slide, XL_CHART_TYPE.PIE, sales=(1, 2))
    titled = category_chart(slide, XL_CHART_TYPE.PIE, sales=(1, 2))
    titled.has_title = True
    titled.chart_title.text_frame.text = "Sales by region"
    category_chart(slide, XL_CHART_TYPE.PIE, sales=(1, 2)).has_title = False

    assert [element["chart"]["title"] for element in elements(deck)] == ["sales", "Sales by region", None]


def background(sheet, fill):
    sheet._element.cSld.insert(0, xml(f"<p:bg><p:bgPr>{fill}<a:effectLst/></p:bgPr></p:bg>"))


def test_a_background_is_the_slides_or_the_layouts_or_the_masters(deck):
    deck.slides.add_slide(deck.slide_layouts[BLANK])
    layout = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    own = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    background(layout.slide_layout, '<a:solidFill><a:schemeClr val="accent3"/></a:solidFill>')
    stops = '<a:gs pos="0"><a:srgbClr val="000000"/></a:gs><a:gs pos="100000"><a:srgbClr val="FFFFFF"/></a:gs>'
    background(own, f"<a:gradFill><a:gsLst>{stops}</a:gsLst></a:gradFill>")

    assert [slide["background"] for slide in read_graph(deck)["slides"]] == [
        {"kind": "solid", "color": "#FFFFFF", "from": "master"},
        {"kind": "solid", "color": "#9BBB59", "from": "layout"},
        {"kind": "gradient", "color": "#808080", "from": "slide"},
    ]


def test_through_a_background_without_a_fill_the_masters_is_seen(deck, slide):
    background(slide, "<a:noFill/>")

    assert read_graph(deck)["slides"][0]["background"] == {"kind": "solid", "color": "#FFFFFF", "from": "master"}


def test_a_shape_filled_with_the_background_has_its_colour(deck, slide):
    background(slide, '<a:solidFill><a:srgbClr val="ABCDEF"/></a:solidFill>')
    slide.shapes.add_shape(1, 0, 0, 9, 9)._element.set("useBgFill", "1")

    assert only(deck)["fill"]["color"] == "#ABCDEF"


def test_an_empty_fill_says_nothing(deck, slide):
    box = slide.shapes.add_textbox(0, 0, 9, 9)
    box.text_frame.text = "word"
    box.text_frame.paragraphs[0].runs[0]._r.get_or_add_rPr().append(xml("<a:solidFill/>"))

    assert runs(only(deck))[0]["color"] == "#000000"


def test_effects_and_transition_are_told_in_order(deck, slide):
    target = '<p:tgtEl><p:spTgt spid="{}"/></p:tgtEl>'
    effects = "".join(
        f'<p:par><p:cTn id="{n}" presetID="{preset}" presetClass="{kind}"><p:childTnLst><p:animEffect filter="{name}(left)">'
        f"<p:cBhvr><p:cTn id='9'/>{target.format(shape)}</p:cBhvr></p:animEffect></p:childTnLst></p:cTn></p:par>"
        for n, (preset, kind, name, shape) in enumerate(
            [(10, "entr", "fade", 4), (999, "exit", "wipe", 5), (8, "emph", "", 4)]
        )
    )
    timing = f'<p:tnLst><p:par><p:cTn id="1" nodeType="tmRoot"><p:childTnLst>{effects}</p:childTnLst></p:cTn></p:par></p:tnLst>'
    alternatives = """<mc:AlternateContent><mc:Choice Requires="p14"><p:transition><p:wheel spokes="3"/></p:transition></mc:Choice>
<mc:Fallback><p:transition><p:fade/></p:transition></mc:Fallback></mc:AlternateContent>"""
    slide._element.append(xml(alternatives))
    slide._element.append(xml(f"<p:timing>{timing}</p:timing>"))

    (found,) = read_graph(deck)["slides"]

    assert found["transition"] == "wheel"
    assert found["animations"] == [
        {"shape": 4, "effect": "entr fade"},
        {"shape": 5, "effect": "exit wipe"},
        {"shape": 4, "effect": "emph spin"},
    ]


def test_of_alternatives_the_newest_is_taken_once(deck, slide):
    choice, fallback = shape_xml(3, xfrm(1, 2, 3, 4)), shape_xml(3, xfrm(5, 6, 7, 8))
    alternatives = f'<mc:Choice Requires="x">{choice}</mc:Choice><mc:Fallback>{fallback}</mc:Fallback>'
    slide.shapes._spTree.append(xml(f"<mc:AlternateContent>{alternatives}</mc:AlternateContent>"))

    assert only(deck)["box"] == [1, 2, 3, 4]


def test_kinds_of_shapes_are_told_apart(deck, slide):
    slide.shapes.add_textbox(0, 0, 9, 9)
    slide.shapes.add_shape(9, 0, 0, 9, 9)
    slide.shapes.add_connector(1, 0, 0, 9, 9)
    builder = slide.shapes.build_freeform(0, 0)
    builder.add_line_segments([(9, 0), (9, 9)])
    builder.convert_to_shape()

    found = elements(deck)

    assert [element["kind"] for element in found] == ["text_box", "auto_shape", "connector", "freeform"]
    assert [element["geometry"] for element in found] == ["rect", "ellipse", "line", None]


@pytest.mark.parametrize(
    "damage",
    [
        xfrm("nonsense", 0, 1, 1),
        xfrm("1e999", 0, 1, 1),
        xfrm(0, 0, 1, 1, 'rot="x"'),
        '<a:solidFill><a:srgbClr val="zz"/></a:solidFill>',
        '<a:solidFill><a:prstClr val="nowhere"/></a:solidFill>',
        '<a:ln w="thick"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln>',
        '<a:blipFill><a:blip r:embed="rId99"/></a:blipFill>',
    ],
)
def test_an_element_that_cannot_be_read_says_why_and_the_others_are_read(deck, slide, damage):
    slide.shapes.add_shape(1, 0, 0, 9, 9)
    append(slide, shape_xml(77, damage))
    slide.shapes.add_shape(1, 0, 0, 9, 9)

    first, broken, last = elements(deck)

    assert (broken["id"], broken["kind"]) == (77, "other")
    assert broken["trouble"]
    assert first["kind"] == last["kind"] == "auto_shape"


def test_a_shape_without_a_name_or_with_a_bad_id_is_told_too(deck, slide):
    append(slide, f"<p:sp {SPACES}><p:spPr/></p:sp>")
    append(slide, shape_xml("x", xfrm(0, 0, 9, 9)))

    assert ["trouble" in element for element in elements(deck)] == [True, True]


def test_a_chart_whose_part_is_missing_or_broken_is_told(deck, slide):
    category_chart(slide, XL_CHART_TYPE.PIE, sales=(1, 2))
    frame = slide.shapes[0]._element
    other = copy.deepcopy(frame)
    slide.shapes._spTree.append(other)
    (reference,) = other.xpath(".//c:chart")
    broken = Part(PackURI("/ppt/charts/broken.xml"), "application/xml", deck.part.package, b"<unfinished")
    reference.set(
        "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
        slide.part.relate_to(broken, "http://x/chart"),
    )
    (reference,) = frame.xpath(".//c:chart")
    reference.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", "rId404")

    missing, unfinished = elements(deck)

    assert "rId404" in missing["trouble"]
    assert "XMLSyntaxError" in unfinished["trouble"]


def test_a_slide_whose_part_is_missing_is_told_and_the_next_one_read(deck, slide):
    deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    deck.part._element.sldIdLst[0].rId = "rId404"

    broken, next_one = read_graph(deck)["slides"]

    assert "trouble" in broken
    assert len(next_one["elements"]) == 2


def test_a_deck_with_a_broken_size_theme_or_list_of_styles_is_read_all_the_same(deck, slide):
    painted(slide, '<a:schemeClr val="accent2"/>')
    deck.part._element.find("{*}sldSz").set("cx", "wide")
    deck.part._element.sldIdLst[0].set("id", "x")
    theme = next(part for part in deck.part.package.iter_parts() if "theme" in part.partname)
    theme._blob = theme.blob.replace(b"4F81BD", b"4F81ZZ")
    styles = next(part for part in deck.part.package.iter_parts() if "tableStyles" in part.partname)
    styles._blob = b"<unfinished"

    graph = read_graph(deck)

    assert (graph["width"], graph["height"]) == (9144000, 6858000)
    assert "accent1" not in graph["theme"]["colors"]
    assert graph["slides"][0]["id"] == 0
    assert graph["slides"][0]["elements"][0]["fill"]["color"] == "#C0504D"


@pytest.mark.parametrize(("text", "emu"), [("914400", 914400), ("1in", 914400), ("2.54cm", 914400), ("72pt", 914400)])
def test_lengths_are_read_in_any_unit(text, emu):
    assert length(text) == pytest.approx(emu)


def test_fifty_slides_of_ten_shapes_are_read_at_once(deck):
    for _ in range(50):
        slide = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
        for i in range(8):
            slide.shapes.add_shape(1, Emu(i), 0, Emu(9), Emu(9)).text_frame.text = "some words"

    start = time.process_time()
    graph = read_graph(deck)

    assert sum(len(slide["elements"]) for slide in graph["slides"]) == 500
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("name", ["build_effective_agents.pptx", "template.pptx"])
def test_real_decks_are_read_without_trouble_and_unchanged(name):
    if not (SAMPLE_DECKS / name).exists():
        pytest.skip("the sample decks are not here")
    deck = pptx.Presentation(str(SAMPLE_DECKS / name))
    before = parts_of(deck)

    graph = read_graph(deck)

    assert parts_of(deck) == before
    assert all("trouble" not in found for slide in graph["slides"] for found in (slide, *slide["elements"]))
    assert {slide["background"]["kind"] for slide in graph["slides"]} == {"solid"}


def test_the_font_of_a_paragraph_is_that_of_its_runs(deck):
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_CONTENT])
    slide.shapes.title.text = "Title"
    slide.shapes.title.text_frame.paragraphs[0].font.size = Pt(20)

    assert elements(deck)[0]["text"]["paragraphs"][0]["runs"][0]["size_pt"] == 20
