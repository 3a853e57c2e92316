# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are partly untyped.
import contextlib
import io
import itertools
import os
import posixpath
import re
import textwrap
import time
import zipfile
from pathlib import Path

import numpy as np
import pptx
import pytest
from lxml import etree
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.presentation import Presentation
from pptx.util import Cm, Emu, Inches, Pt

from viga_mcp.slides import kit

BOX = (Inches(1), Inches(2), Inches(6), Inches(3))
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DECKS = Path(__file__).parents[2] / "shared" / "data" / "decks"  # beside the checkout, where there are any
P14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"


def saved(prs: Presentation) -> Presentation:
    """The deck as another program reads it: written, found whole, opened again."""
    stream = io.BytesIO()
    prs.save(stream)
    assert_whole(stream.getvalue())
    return pptx.Presentation(stream)


def assert_whole(data: bytes) -> None:
    """Each part is there once, is led to from elsewhere, and names only relationships that it has."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        reached = set()
        for name in names:
            folder, file = posixpath.split(name)
            rels_name = posixpath.join(folder, "_rels", f"{file}.rels")
            rels = etree.fromstring(archive.read(rels_name)) if rels_name in names else []
            for rel in rels:
                if rel.get("TargetMode") != "External":
                    target = rel.get("Target")
                    path = target[1:] if target[0] == "/" else posixpath.normpath(posixpath.join(folder, target))
                    assert path in names, (name, target)
                    reached.add(path)
            if name.endswith(".xml") and name.startswith("ppt/"):
                used = {
                    value
                    for element in etree.fromstring(archive.read(name)).iter()
                    for key, value in element.attrib.items()
                    if key.startswith(RELATION) and value
                }
                assert used <= {rel.get("Id") for rel in rels}, name
        parts = {name for name in names if not name.endswith(".rels") and name != "[Content_Types].xml"}
        root = etree.fromstring(archive.read("_rels/.rels"))
        assert parts == reached | {rel.get("Target").lstrip("/") for rel in root}


def part_names(prs: Presentation) -> list[str]:
    return sorted(str(part.partname) for part in prs.part.package.iter_parts())


def picture_file(folder: Path, width: int, height: int, name: str = "picture.png", color: str = "teal") -> Path:
    Image.new("RGB", (width, height), color).save(folder / name)
    return folder / name


def titles(prs: Presentation) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in prs.slides]


def place(shape) -> tuple[int, int, int, int]:
    return shape.left, shape.top, shape.width, shape.height


@pytest.fixture
def prs() -> Presentation:
    return kit.blank_presentation()


@pytest.fixture
def slide(prs: Presentation):
    return kit.add_slide(prs)


class TestBlankPresentation:
    def test_a_page_is_wide_and_says_so(self, prs):
        again = saved(prs)
        assert (again.slide_width, again.slide_height) == (12_192_000, Inches(7.5))
        assert "type" not in again.element.sldSz.attrib

    def test_layouts_keep_the_names_and_placeholders_of_python_pptx(self, prs):
        old = pptx.Presentation()
        kept = [
            (layout.name, [(p.placeholder_format.idx, p.placeholder_format.type) for p in layout.placeholders])
            for layout in prs.slide_layouts
        ]
        assert kept == [
            (layout.name, [(p.placeholder_format.idx, p.placeholder_format.type) for p in layout.placeholders])
            for layout in old.slide_layouts
        ]

    def test_each_layout_stands_in_the_middle_of_the_page_without_overlaps(self, prs):
        for layout in prs.slide_layouts:
            boxes = [place(placeholder) for placeholder in layout.placeholders]
            left, right = min(box[0] for box in boxes), max(box[0] + box[2] for box in boxes)
            assert abs(left - (prs.slide_width - right)) < Inches(0.01), layout.name
            for number, (l1, t1, w1, h1) in enumerate(boxes):
                for l2, t2, w2, h2 in boxes[number + 1 :]:
                    assert l1 + w1 <= l2 or l2 + w2 <= l1 or t1 + h1 <= t2 or t2 + h2 <= t1, layout.name
                assert t1 >= 0
                assert t1 + h1 <= prs.slide_height

    def test_fonts_are_calibri_and_the_theme_is_flat(self, prs):
        theme = saved(prs).slide_master.part.part_related_by(RT.THEME).blob.decode()
        assert re.findall(r'<a:latin typeface="([^"]*)"', theme) == ["Calibri", "Calibri"]
        styles = theme[: theme.index("<a:bgFillStyleLst")]
        assert "gradFill" not in styles
        assert "outerShdw" not in styles

    def test_it_says_nothing_of_the_template_it_comes_from(self, prs):
        again = saved(prs)
        assert again.core_properties.author == again.core_properties.last_modified_by == ""
        assert not [name for name in part_names(again) if "thumbnail" in name or "printer" in name]

    def test_it_is_made_in_a_moment(self):
        kit.blank_presentation()
        seconds = []
        for _ in range(5):
            start = time.process_time()
            kit.blank_presentation()
            seconds.append(time.process_time() - start)
        assert min(seconds) < 0.05  # measured 0.009


class TestAddSlide:
    def test_a_layout_is_found_whatever_its_case(self, prs):
        assert kit.add_slide(prs, "two content").slide_layout.name == "Two Content"
        assert kit.add_slide(prs, prs.slide_layouts[6]).slide_layout.name == "Blank"
        assert kit.add_slide(prs).slide_layout.name == "Title Only"

    def test_an_unknown_layout_names_the_near_and_the_known(self, prs):
        with pytest.raises(ValueError, match=r"No layout 'Title Onyl'. Did you mean 'Title Only'\?.*'Two Content'"):
            kit.add_slide(prs, "Title Onyl")
        assert len(prs.slides) == 0


class TestTexts:
    def test_title_and_subtitle_fill_the_placeholders(self, prs):
        kit.title(kit.add_slide(prs, "Title Slide"), "Harbour", "Third quarter", size_pt=40, color="#123456")
        slide = saved(prs).slides[0]
        assert [shape.text_frame.text for shape in slide.placeholders] == ["Harbour", "Third quarter"]
        font = slide.shapes.title.text_frame.paragraphs[0].runs[0].font
        assert (font.size.pt, font.color.rgb) == (40, RGBColor(0x12, 0x34, 0x56))

    def test_a_layout_without_a_title_says_which_has_one(self, prs):
        with pytest.raises(ValueError, match=r"layout 'Blank' has no title: use kit.add_slide"):
            kit.title(kit.add_slide(prs, "Blank"), "Harbour")
        with pytest.raises(ValueError, match="no empty place for a subtitle"):
            kit.title(kit.add_slide(prs), "Harbour", subtitle="Third quarter")

    def test_text_takes_box_paragraphs_and_looks(self, prs, slide):
        kit.text(
            slide,
            "One\nTwo",
            BOX,
            size_pt=14,
            bold=True,
            color="accent2",
            align="right",
            anchor="bottom",
            fill="#FFEEDD",
            font="Arial",
        )
        shape = saved(prs).slides[0].shapes[-1]
        assert place(shape) == BOX
        assert [paragraph.text for paragraph in shape.text_frame.paragraphs] == ["One", "Two"]
        assert shape.text_frame.word_wrap
        assert shape.text_frame.vertical_anchor == MSO_ANCHOR.BOTTOM
        assert shape.fill.fore_color.rgb == RGBColor(0xFF, 0xEE, 0xDD)
        for paragraph in shape.text_frame.paragraphs:
            font = paragraph.runs[0].font
            assert paragraph.alignment == PP_ALIGN.RIGHT
            assert (font.size.pt, font.bold, font.name) == (14, True, "Arial")
            assert font.color.theme_color == MSO_THEME_COLOR.ACCENT_2

    def test_a_size_may_be_a_length_of_points(self, slide):
        shape = kit.text(slide, "One", BOX, size_pt=Pt(30))
        assert shape.text_frame.paragraphs[0].runs[0].font.size == Pt(30)

    @pytest.mark.parametrize("size_pt", [0, -3, 5000])
    def test_a_size_that_no_deck_can_hold_is_refused(self, slide, size_pt):
        with pytest.raises(ValueError, match="is no size for text: give points, as 18"):
            kit.text(slide, "One", BOX, size_pt=size_pt)

    def test_wrong_words_name_the_right_ones(self, slide):
        with pytest.raises(ValueError, match=r"No align 'centre'. Did you mean 'center'\?"):
            kit.text(slide, "One", BOX, align="centre")
        with pytest.raises(ValueError, match=r"No anchor 'low'.*'bottom'"):
            kit.text(slide, "One", BOX, anchor="low")

    def test_nested_lists_are_levels(self, prs):
        items = ["Fruit", ["Apples", ["Red"], "Pears"], "Nuts", 7]
        kit.bullets(kit.add_slide(prs, "Title and Content"), items)
        paragraphs = saved(prs).slides[0].placeholders[1].text_frame.paragraphs
        assert [(paragraph.level, paragraph.text) for paragraph in paragraphs] == [
            (0, "Fruit"),
            (1, "Apples"),
            (2, "Red"),
            (1, "Pears"),
            (0, "Nuts"),
            (0, "7"),
        ]
        assert paragraphs[0].runs[0].font.size is None  # the layout's

    def test_bullets_fill_the_empty_placeholders_in_turn(self, prs):
        slide = kit.add_slide(prs, "Two Content")
        assert [kit.bullets(slide, ["a"]).placeholder_format.idx, kit.bullets(slide, ["b"]).placeholder_format.idx] == [
            1,
            2,
        ]
        assert not kit.bullets(slide, ["c"]).is_placeholder

    def test_bullets_in_a_box_have_marks_indents_and_falling_sizes(self, prs, slide):
        kit.bullets(slide, ["a", ["b", ["c"]]], BOX, size_pt=16, color="red")
        shape = saved(prs).slides[0].shapes[-1]
        assert place(shape) == BOX
        marks = [paragraph._p.pPr.find("{*}buChar").get("char") for paragraph in shape.text_frame.paragraphs]
        assert marks == ["•", "\u2013", "•"]
        assert [paragraph.runs[0].font.size.pt for paragraph in shape.text_frame.paragraphs] == [16, 14, 12]
        indents = [int(paragraph._p.pPr.get("marL")) for paragraph in shape.text_frame.paragraphs]
        assert indents == [Inches(0.25), Inches(0.5), Inches(0.75)]

    def test_a_line_break_stays_within_its_bullet(self, slide):
        assert len(kit.bullets(slide, ["a\nb", "c"]).text_frame.paragraphs) == 2

    def test_what_is_no_list_of_texts_is_refused(self, slide):
        with pytest.raises(ValueError, match=r"bullets are a list of texts: write \['a'\]"):
            kit.bullets(slide, "a")
        with pytest.raises(ValueError, match="give at least one text"):
            kit.bullets(slide, [])
        deep = ["a"]
        for _ in range(9):
            deep = [deep]
        with pytest.raises(ValueError, match="decks have 9 levels"):
            kit.bullets(slide, deep)
        assert len(slide.shapes) == 1

    def test_notes_replace_notes(self, prs, slide):
        kit.notes(slide, "First")
        kit.notes(slide, "Second\nlines")
        assert saved(prs).slides[0].notes_slide.notes_text_frame.text == "Second\nlines"


class TestBoxes:
    @pytest.mark.parametrize(
        ("box", "told"),
        [
            ((1, 2, 5, 3), "looks like inches: use Inches(1), Inches(2), Inches(5), Inches(3)"),
            ((0.5, 2, 5.25, 3), "use Inches(0.5), Inches(2), Inches(5.25), Inches(3)"),
            ((Inches(1), 2, Inches(5), Inches(3)), "use Inches(1), Inches(2), Inches(5), Inches(3)"),
            ((100, 50, 640, 360), "looks like points: use Pt(100), Pt(50), Pt(640), Pt(360)"),
            ((0, 0, 0, Inches(1)), "has no extent"),
            ((0, 0, -Inches(1), Inches(1)), "has no extent"),
            ((Inches(1), Inches(1)), "is not (left, top, width, height)"),
            (("1in", 0, Inches(1), Inches(1)), "is not (left, top, width, height)"),
            ((float("nan"), 0, Inches(1), Inches(1)), "is not (left, top, width, height)"),
            (Inches(1), "is not (left, top, width, height)"),
        ],
    )
    def test_a_box_that_is_no_box_says_what_to_write(self, slide, box, told):
        with pytest.raises(ValueError, match=re.escape(told)):
            kit.text(slide, "One", box)
        assert len(slide.shapes) == 1

    def test_any_length_will_do_and_floats_are_rounded(self, slide):
        shape = kit.text(slide, "One", (0, Cm(1), Inches(10) / 3, Pt(40)))
        assert place(shape) == (0, 360000, 3048000, 508000)

    @pytest.mark.parametrize(("n", "rows"), [(1, 1), (2, 1), (3, 2), (7, 5)])
    def test_a_grid_fills_the_page_below_the_title(self, prs, slide, n, rows):
        gap = Inches(0.3)
        boxes = kit.columns(slide, n, rows=rows, gap=gap)
        title = slide.shapes.title
        assert len(boxes) == n * rows
        assert boxes[0].left == title.left
        assert boxes[0].top >= title.top + title.height
        assert abs(boxes[-1].left + boxes[-1].width - (title.left + title.width)) < Inches(0.01)
        assert boxes[-1].top + boxes[-1].height <= prs.slide_height - Inches(0.75)
        for left, right in itertools.pairwise(boxes[:n]):
            assert right.left - (left.left + left.width) == gap
        if rows > 1:
            assert boxes[n].top - (boxes[0].top + boxes[0].height) == gap
        assert len({(box.width, box.height) for box in boxes}) == 1

    def test_a_grid_follows_the_title_of_a_template(self):
        prs = pptx.Presentation()  # 4:3
        slide = kit.add_slide(prs)
        assert kit.columns(slide, 1)[0][::2] == (Inches(0.5), Inches(9))
        slide.shapes.title.left, slide.shapes.title.width = Inches(1), Inches(6)  # ornaments at the right
        slide.shapes.title.top, slide.shapes.title.height = Inches(0.5), Inches(1)
        assert kit.columns(slide, 1)[0][::2] == (Inches(1), Inches(6))
        slide.shapes.title.width = Inches(3)  # a title beside its content
        assert kit.columns(slide, 1)[0][::2] == (Inches(0.75), Inches(8.5))

    def test_a_grid_of_the_presentation_is_that_of_its_slides(self, prs, slide):
        assert kit.columns(prs, 3) == kit.columns(slide, 3)

    def test_margins_and_gaps_are_lengths(self, slide):
        for words, told in (
            ({"gap": 1}, "gap 1 looks like inches: use Inches(1)"),
            ({"margin": 0.5}, "margin 0.5 looks like inches"),
            ({"top": -Inches(1)}, "negative"),
            ({"gap": Inches(12)}, "no room for 2 x 1 boxes"),
            ({"n": 0}, "1 or more"),
        ):
            with pytest.raises(ValueError, match=re.escape(told)):
                kit.columns(slide, **words)


class TestPictures:
    @pytest.mark.parametrize("size", [(1600, 900), (300, 1200), (640, 640), (3, 1000)])
    @pytest.mark.parametrize("box", [BOX, (Inches(1), Inches(1), Inches(2), Inches(5))])
    def test_contain_shows_all_of_it_undistorted_in_the_middle(self, prs, slide, tmp_path, size, box):
        kit.picture(slide, picture_file(tmp_path, *size), box)
        shape = saved(prs).slides[0].shapes[-1]
        pixel = Inches(1) / 96
        assert shape.height * size[0] / size[1] == pytest.approx(shape.width, abs=pixel * max(1, size[0] / size[1]))
        assert shape.width == box[2] or shape.height == box[3]
        assert shape.width <= box[2]
        assert shape.height <= box[3]
        assert abs(shape.left + shape.width / 2 - (box[0] + box[2] / 2)) <= 1
        assert abs(shape.top + shape.height / 2 - (box[1] + box[3] / 2)) <= 1
        assert (shape.crop_left, shape.crop_top, shape.crop_right, shape.crop_bottom) == (0, 0, 0, 0)

    @pytest.mark.parametrize("size", [(1600, 900), (300, 1200), (640, 640)])
    @pytest.mark.parametrize("box", [BOX, (Inches(1), Inches(1), Inches(2), Inches(5))])
    def test_cover_fills_the_box_and_crops_evenly(self, prs, slide, tmp_path, size, box):
        kit.picture(slide, picture_file(tmp_path, *size), box, fit="cover")
        shape = saved(prs).slides[0].shapes[-1]
        assert place(shape) == box
        width = size[0] * (1 - shape.crop_left - shape.crop_right)
        height = size[1] * (1 - shape.crop_top - shape.crop_bottom)
        assert width == pytest.approx(height * box[2] / box[3], abs=1)
        assert shape.crop_left == pytest.approx(shape.crop_right, abs=1e-4)
        assert shape.crop_top == pytest.approx(shape.crop_bottom, abs=1e-4)
        assert min(shape.crop_left, shape.crop_top) == 0

    def test_a_photo_that_lies_on_its_side_is_turned(self, slide, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6  # turn by a quarter
        Image.new("RGB", (400, 100)).save(tmp_path / "photo.jpg", exif=exif)
        shape = kit.picture(slide, tmp_path / "photo.jpg", BOX)
        assert shape.image.size == (100, 400)
        assert shape.height == BOX[3]
        assert shape.width == pytest.approx(BOX[3] / 4, abs=1)

    def test_a_format_that_decks_do_not_hold_is_written_anew(self, slide, tmp_path):
        Image.new("RGB", (40, 20)).save(tmp_path / "picture.webp")
        assert kit.picture(slide, tmp_path / "picture.webp", BOX).image.content_type == "image/png"

    def test_other_pictures_stay_as_they_are_byte_for_byte(self, slide, tmp_path):
        file = picture_file(tmp_path, 40, 20, "photo.jpg")
        assert kit.picture(slide, file, BOX).image.blob == file.read_bytes()
        assert kit.picture(slide, io.BytesIO(file.read_bytes()), BOX).image.blob == file.read_bytes()

    def test_without_a_box_it_takes_the_placeholder_of_the_layout(self, prs, tmp_path):
        file = picture_file(tmp_path, 40, 20)
        for layout in ("Picture with Caption", "Title and Content"):
            slide = kit.add_slide(prs, layout)
            wanted = place(slide.placeholders[1])
            kit.picture(slide, file, fit="cover", alt="A pier")
            again = saved(prs).slides[-1].placeholders[1]
            assert place(again) == wanted
            assert again._element.nvPicPr.cNvPr.get("descr") == "A pier"
            assert len(slide.placeholders) == (3 if layout == "Picture with Caption" else 2)

    def test_a_missing_picture_names_those_that_are_there(self, slide, tmp_path):
        picture_file(tmp_path, 4, 4, "harbour.png")
        with pytest.raises(FileNotFoundError, match=r"No picture 'harbor.png'. Did you mean 'harbour.png'\?"):
            kit.picture(slide, tmp_path / "harbor.png", BOX)

    def test_what_is_no_picture_is_refused(self, slide, tmp_path):
        (tmp_path / "drawing.svg").write_text("<svg/>", encoding="utf-8")
        with pytest.raises(ValueError, match="convert it to PNG or JPEG"):
            kit.picture(slide, tmp_path / "drawing.svg", BOX)
        with pytest.raises(ValueError, match=r"No fit 'fill'.*'contain', 'cover'"):
            kit.picture(slide, tmp_path / "drawing.svg", BOX, fit="fill")


class TestBackground:
    def test_a_colour_replaces_a_picture_and_leaves_nothing_of_it(self, prs, slide, tmp_path):
        kit.background(slide, picture_file(tmp_path, 160, 90))
        kit.background(slide, "accent3")
        again = saved(prs)
        assert again.slides[0].background.fill.fore_color.theme_color == MSO_THEME_COLOR.ACCENT_3
        assert not [name for name in part_names(again) if "media" in name]

    @pytest.mark.parametrize("size", [(100, 400), (400, 100)])
    def test_a_picture_covers_the_page_undistorted(self, prs, slide, tmp_path, size):
        kit.background(slide, "#FF0000")
        kit.background(slide, str(picture_file(tmp_path, *size)))
        again = saved(prs).slides[0]
        assert len(again.element.cSld.findall("{*}bg")) == 1
        assert again.element.cSld[0].tag.endswith("}bg")
        key = next(again.element.cSld[0].iter("{*}blip")).get(f"{RELATION}embed")
        width, height = again.part.related_part(key).image.size
        assert width == pytest.approx(height * 16 / 9, abs=2)

    def test_that_of_the_master_is_for_all_slides(self, prs, slide):
        kit.background(prs.slide_master, RGBColor(1, 2, 3))
        again = saved(prs)
        assert again.slide_master.background.fill.fore_color.rgb == RGBColor(1, 2, 3)
        assert again.slides[0].follow_master_background

    def test_a_wrong_colour_changes_nothing(self, slide):
        with pytest.raises(ValueError, match="colour 'accent9' is unknown"):
            kit.background(slide, "accent9")
        assert slide.follow_master_background


class TestTables:
    ROWS = (("City", "People", "Share"), ("Oslo", 709037, "13.1 %"), ("Bergen", None, "-5,3 %"))

    def test_cells_and_widths_read_back(self, prs, slide):
        kit.table(slide, self.ROWS, BOX, column_widths=[2, 1, 1])
        frame = saved(prs).slides[0].shapes[-1]
        assert [[cell.text for cell in row.cells] for row in frame.table.rows] == [
            ["City", "People", "Share"],
            ["Oslo", "709037", "13.1 %"],
            ["Bergen", "", "-5,3 %"],
        ]
        assert [column.width for column in frame.table.columns] == [Inches(3), Inches(1.5), Inches(1.5)]
        assert frame.table.first_row
        assert (frame.left, frame.top, frame.width) == BOX[:3]

    def test_columns_of_numbers_are_set_to_the_right(self, slide):
        table = kit.table(slide, self.ROWS, BOX).table
        aligns = [table.cell(1, column).text_frame.paragraphs[0].alignment for column in range(3)]
        assert aligns == [None, PP_ALIGN.RIGHT, PP_ALIGN.RIGHT]
        assert table.cell(0, 1).text_frame.paragraphs[0].alignment == PP_ALIGN.RIGHT

    def test_few_rows_do_not_stretch_and_many_stay_in_the_box(self, slide):
        few = kit.table(slide, [["a"], ["b"]], BOX)
        assert few.height < Inches(1.5)
        many = kit.table(slide, [["a"]] * 10, BOX)
        assert many.height == pytest.approx(BOX[3], abs=Pt(1))
        size = many.table.cell(0, 0).text_frame.paragraphs[0].runs[0].font.size.pt
        assert size * 1.2 + 7.2 <= Emu(BOX[3]).pt / 10

    def test_without_a_box_it_takes_the_placeholder(self, prs):
        slide = kit.add_slide(prs, "Title and Content")
        kit.table(slide, self.ROWS)
        again = saved(prs).slides[0]
        assert again.placeholders[1].has_table
        assert len(again.shapes) == 2

    def test_no_header_is_no_first_row(self, slide):
        table = kit.table(slide, [[1, "a"]], BOX, header=False).table
        assert not table.first_row
        assert table.cell(0, 0).text_frame.paragraphs[0].alignment == PP_ALIGN.RIGHT

    def test_rows_that_do_not_match_are_refused(self, slide):
        with pytest.raises(ValueError, match="row 2 has 1 cells and the first has 2"):
            kit.table(slide, [["a", "b"], ["c"]], BOX)
        with pytest.raises(ValueError, match="the table has no cells"):
            kit.table(slide, [], BOX)
        with pytest.raises(ValueError, match=r"column_widths \[1\] does not suit 2 columns"):
            kit.table(slide, [["a", "b"]], BOX, column_widths=[1])
        assert len(slide.shapes) == 1


class TestCharts:
    @pytest.mark.parametrize("kind", ["column", "stacked_column", "bar", "stacked_bar", "line", "area"])
    def test_categories_and_series_read_back(self, prs, slide, kind):
        kit.chart(slide, kind, ["Q1", "Q2"], {"North": [1, None], "South": [3, 4.5]}, BOX, title="Ships", labels=True)
        frame = saved(prs).slides[0].shapes[-1]
        plot = frame.chart.plots[0]
        assert place(frame) == BOX
        assert list(plot.categories) == ["Q1", "Q2"]
        assert [(series.name, tuple(series.values)) for series in plot.series] == [
            ("North", (1, None)),
            ("South", (3, 4.5)),
        ]
        assert frame.chart.chart_title.text_frame.text == "Ships"
        assert frame.chart.has_legend
        assert plot.has_data_labels

    @pytest.mark.parametrize("kind", ["pie", "doughnut"])
    def test_round_charts_write_shares(self, prs, slide, kind):
        kit.chart(slide, kind, ["a", "b"], [1, 3], BOX)
        chart = saved(prs).slides[0].shapes[-1].chart
        assert chart.plots[0].data_labels.show_percentage
        assert not chart.has_title
        assert chart.has_legend

    def test_a_scatter_chart_takes_its_xs_from_the_categories(self, prs, slide):
        kit.chart(slide, "scatter", [0.5, 2, 3], {"a": [1, None, 2]}, BOX)
        series = saved(prs).slides[0].shapes[-1].chart.plots[0].series[0]
        assert list(series.values) == [1, 2]
        assert list(series.iter_values()) == [1, 2]

    def test_numbers_may_be_numpys_and_what_is_not_a_number_is_a_gap(self, prs, slide):
        kit.chart(slide, "line", np.arange(3), {"a": np.array([1.5, np.nan, 2])}, BOX)
        plot = saved(prs).slides[0].shapes[-1].chart.plots[0]
        assert list(plot.categories) == ["0", "1", "2"]
        assert list(plot.series[0].values) == [1.5, None, 2]

    def test_the_first_bar_is_on_top(self, slide):
        assert kit.chart(slide, "bar", ["a", "b"], [1, 2], BOX).chart.category_axis.reverse_order

    def test_without_a_box_it_takes_the_placeholder(self, prs):
        slide = kit.add_slide(prs, "Two Content")
        wanted = place(slide.placeholders[1])
        kit.chart(slide, "column", ["a"], [1])
        again = saved(prs).slides[0].placeholders[1]
        assert again.has_chart
        assert place(again) == wanted

    @pytest.mark.parametrize(
        ("kind", "categories", "series", "told"),
        [
            ("colum", ["a"], [1], "No kind of chart 'colum'. Did you mean 'column'?"),
            ("column", ["a", "b"], {"North": [1]}, "series 'North' has 1 values for 2 categories"),
            ("column", [], [], "the chart is empty"),
            ("column", ["a"], {}, "the chart is empty"),
            ("pie", ["a"], {"x": [1], "y": [2]}, "a pie shows one series, not 2"),
            ("scatter", ["a"], [1], "x values: 'a' is no number"),
            ("column", ["a"], [[1]], "[1] in series 'Series 1' is no number"),
            ("column", ["a"], {"North": ["1"]}, "'1' in series 'North' is no number"),
        ],
    )
    def test_data_that_does_not_match_is_refused(self, slide, kind, categories, series, told):
        with pytest.raises(ValueError, match=re.escape(told)):
            kit.chart(slide, kind, categories, series, BOX)
        assert len(slide.shapes) == 1


class TestColours:
    @pytest.mark.parametrize(
        ("color", "read"),
        [
            ("#1F4E79", RGBColor(0x1F, 0x4E, 0x79)),
            ("1f4e79", RGBColor(0x1F, 0x4E, 0x79)),
            ("navy", RGBColor(0, 0, 128)),
            (RGBColor(1, 2, 3), RGBColor(1, 2, 3)),
        ],
    )
    def test_a_colour_may_be_written_in_many_ways(self, slide, color, read):
        font = kit.text(slide, "One", BOX, color=color).text_frame.paragraphs[0].runs[0].font
        assert font.color.rgb == read

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("accent1", MSO_THEME_COLOR.ACCENT_1),
            ("Accent 6", MSO_THEME_COLOR.ACCENT_6),
            ("text1", MSO_THEME_COLOR.TEXT_1),
            ("bg2", MSO_THEME_COLOR.BACKGROUND_2),
            ("followed_hyperlink", MSO_THEME_COLOR.FOLLOWED_HYPERLINK),
        ],
    )
    def test_theme_colours_go_by_name(self, prs, slide, name, value):
        assert kit.theme_color(name) == value
        kit.text(slide, "One", BOX, color=name)
        font = saved(prs).slides[0].shapes[-1].text_frame.paragraphs[0].runs[0].font
        assert font.color.theme_color == value

    def test_an_unknown_theme_colour_names_the_known(self):
        with pytest.raises(ValueError, match=r"No theme colour 'acent1'. Did you mean 'accent1'\?"):
            kit.theme_color("acent1")

    @pytest.mark.parametrize("color", ["#12345", "blurple", 17, (1, 2, 3)])
    def test_what_is_no_colour_says_how_to_write_one(self, slide, color):
        with pytest.raises(ValueError, match="is unknown: write"):
            kit.text(slide, "One", BOX, color=color)


class TestThemes:
    def theme(self, prs: Presentation) -> etree._Element:
        return etree.fromstring(saved(prs).slide_master.part.part_related_by(RT.THEME).blob)

    def test_fonts_are_the_whole_decks(self, prs):
        kit.set_theme_fonts(prs, "Georgia", "Arial")
        fonts = self.theme(prs).find(".//{*}fontScheme")
        assert [kind.find("{*}latin").get("typeface") for kind in fonts] == ["Georgia", "Arial"]

    def test_colours_are_the_whole_decks(self, prs):
        kit.set_theme_colors(prs, accent1="#010203", text2="navy", hyperlink=RGBColor(4, 5, 6))
        scheme = self.theme(prs).find(".//{*}clrScheme")
        found = {slot.tag.split("}")[1]: slot[0].get("val") for slot in scheme}
        assert (found["accent1"], found["dk2"], found["hlink"]) == ("010203", "000080", "040506")
        assert len(scheme) == 12

    def test_a_dark_page_turns_text_light_and_back(self, prs):
        kit.set_theme_colors(prs, background1="#101828")
        places = prs.slide_master.element.find("{*}clrMap").attrib
        scheme = self.theme(prs).find(".//{*}clrScheme")
        assert (places["bg1"], places["tx1"]) == ("dk1", "lt1")
        assert scheme.find("{*}dk1")[0].get("val") == "101828"
        kit.set_theme_colors(prs, background1="#FFFFFF", text1="#000000")
        assert (places["bg1"], places["tx1"]) == ("lt1", "dk1")

    def test_names_and_values_are_checked_before_anything_changes(self, prs):
        before = etree.tostring(self.theme(prs))
        with pytest.raises(ValueError, match=r"No theme colour 'accent7'. Did you mean 'accent"):
            kit.set_theme_colors(prs, accent1="#010203", accent7="#010203")
        with pytest.raises(ValueError, match="accent1='accent2' is a theme colour itself"):
            kit.set_theme_colors(prs, accent1="accent2")
        assert etree.tostring(self.theme(prs)) == before


def rich_deck(tmp_path: Path) -> Presentation:
    """Three slides; the second has a picture, a chart, a table, notes and a link to the third."""
    prs = kit.blank_presentation()
    for name in ("First", "Second", "Third"):
        kit.title(kit.add_slide(prs), name)
    slide = prs.slides[1]
    kit.picture(slide, picture_file(tmp_path, 40, 20), BOX)
    kit.chart(slide, "column", ["a", "b"], {"x": [1, 2]}, BOX)
    kit.table(slide, [["a", "b"]], BOX)
    kit.notes(slide, "Say this")
    kit.background(slide, picture_file(tmp_path, 32, 18, "page.png", "red"))
    button = slide.shapes.add_shape(MSO_SHAPE.OVAL, *BOX)
    button.click_action.target_slide = prs.slides[2]
    run = kit.text(slide, "Web", BOX).text_frame.paragraphs[0].runs[0]
    run.hyperlink.address = "https://example.com"
    return prs


def with_sections(prs: Presentation, *sizes: int) -> None:
    """Slides put into named sections, as PowerPoint writes them."""
    ids = iter([slide.slide_id for slide in prs.slides])
    sections = "".join(
        f'<p14:section name="S{number}" id="{{00000000-0000-0000-0000-00000000000{number}}}"><p14:sldIdLst>'
        + "".join(f'<p14:sldId id="{next(ids)}"/>' for _ in range(size))
        + "</p14:sldIdLst></p14:section>"
        for number, size in enumerate(sizes)
    )
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    prs.element.append(
        parse_xml(
            f'<p:extLst xmlns:p="{p}"><p:ext uri="{{521415D9-36F7-43E2-AB2F-B90AF26B5E84}}">'
            f'<p14:sectionLst xmlns:p14="{P14}">{sections}</p14:sectionLst></p:ext></p:extLst>'
        )
    )


def sections_of(prs: Presentation) -> list[list[str]]:
    names = {str(slide.slide_id): slide.shapes.title.text_frame.text for slide in prs.slides}
    lists = prs.element.iter(f"{{{P14}}}sldIdLst")
    return [[names[entry.get("id")] for entry in entries] for entries in lists]


class TestArranging:
    def test_a_copy_has_all_of_the_original_right_after_it(self, tmp_path):
        prs = rich_deck(tmp_path)
        copy = kit.duplicate_slide(prs.slides[1])
        assert copy in prs.slides
        again = saved(prs)
        assert titles(again) == ["First", "Second", "Second", "Third"]
        old, new = again.slides[1], again.slides[2]
        assert [(shape.name, shape.shape_type, place(shape)) for shape in old.shapes] == [
            (shape.name, shape.shape_type, place(shape)) for shape in new.shapes
        ]
        assert new.notes_slide.notes_text_frame.text == "Say this"
        assert new.notes_slide.part.part_related_by(RT.SLIDE) is new.part
        assert new.shapes[5 - 1].click_action.target_slide is again.slides[3]
        assert new.shapes[6 - 1].text_frame.paragraphs[0].runs[0].hyperlink.address == "https://example.com"
        assert new.slide_layout is old.slide_layout

    def test_a_copy_shares_pictures_and_nothing_that_can_be_edited(self, tmp_path):
        prs = rich_deck(tmp_path)
        media = [name for name in part_names(prs) if "/media/" in name]
        copy = kit.duplicate_slide(prs.slides[1])
        assert [name for name in part_names(prs) if "/media/" in name] == media
        chart = next(shape.chart for shape in copy.shapes if shape.has_chart)
        data = pptx.chart.data.CategoryChartData()
        data.categories = ["z"]
        data.add_series("y", [9])
        chart.replace_data(data)
        kit.notes(copy, "Say that")
        kit.title(copy, "Changed")
        again = saved(prs)
        old, new = again.slides[1], again.slides[2]
        charts = [next(shape.chart for shape in slide.shapes if shape.has_chart) for slide in (old, new)]
        assert [list(chart.plots[0].categories) for chart in charts] == [["a", "b"], ["z"]]
        books = [chart.part.chart_workbook.xlsx_part.partname for chart in charts]
        assert len(set(books)) == 2
        assert [slide.notes_slide.notes_text_frame.text for slide in (old, new)] == ["Say this", "Say that"]
        assert titles(again) == ["First", "Second", "Changed", "Third"]

    def test_copies_of_copies_keep_apart(self, tmp_path):
        prs = rich_deck(tmp_path)
        original = prs.slides[1]
        for _ in range(5):
            kit.duplicate_slide(kit.duplicate_slide(original, 0), -1)
        again = saved(prs)
        assert len(again.slides) == 13
        assert len({slide.slide_id for slide in again.slides}) == 13
        assert len([name for name in part_names(again) if "/charts/chart" in name]) == 11

    def test_a_copy_may_be_put_anywhere(self, tmp_path):
        prs = rich_deck(tmp_path)
        kit.title(kit.duplicate_slide(prs.slides[0], 0), "Front")
        kit.title(kit.duplicate_slide(prs.slides[1], -1), "Back")
        assert titles(saved(prs)) == ["Front", "First", "Second", "Third", "Back"]

    def test_a_video_is_shared_and_its_link_whole(self, tmp_path):
        prs = kit.blank_presentation()
        slide = kit.add_slide(prs)
        (tmp_path / "film.mp4").write_bytes(b"not really a film")
        slide.shapes.add_movie(str(tmp_path / "film.mp4"), *BOX, str(picture_file(tmp_path, 4, 4)), "video/mp4")
        kit.duplicate_slide(slide)
        again = saved(prs)
        assert len([name for name in part_names(again) if name.endswith(".mp4")]) == 1
        assert len(again.slides[1].shapes) == 2

    def test_a_slide_that_links_to_itself_has_a_copy_that_does_too(self):
        prs = kit.blank_presentation()
        slide = kit.add_slide(prs)
        slide.shapes.add_shape(MSO_SHAPE.OVAL, *BOX).click_action.target_slide = slide
        kit.duplicate_slide(slide)
        again = saved(prs)
        assert again.slides[1].shapes[-1].click_action.target_slide is again.slides[1]

    def test_a_deleted_slide_takes_its_parts_with_it(self, tmp_path):
        prs = rich_deck(tmp_path)
        kit.delete_slide(prs.slides[1])
        again = saved(prs)
        assert titles(again) == ["First", "Third"]
        assert not [name for name in part_names(again) if re.search("media|charts|embeddings|notesSlides", name)]

    def test_what_is_shared_outlives_one_of_its_slides(self, tmp_path):
        prs = rich_deck(tmp_path)
        kit.duplicate_slide(prs.slides[1])
        kit.delete_slide(prs.slides[1])
        again = saved(prs)
        picture = next(shape for shape in again.slides[1].shapes if hasattr(shape, "image"))
        assert picture.image.size == (40, 20)
        assert again.slides[1].notes_slide.notes_text_frame.text == "Say this"

    def test_links_to_a_deleted_slide_go_with_it(self, tmp_path):
        prs = rich_deck(tmp_path)
        kit.delete_slide(prs.slides[2])
        again = saved(prs)
        assert titles(again) == ["First", "Second"]
        assert again.slides[1].shapes[4].click_action.target_slide is None
        assert len([name for name in part_names(again) if "/slides/" in name]) == 2

    def test_custom_shows_lose_a_deleted_slide(self, tmp_path):
        prs = rich_deck(tmp_path)
        keys = [entry.rId for entry in prs.element.sldIdLst]
        p = "http://schemas.openxmlformats.org/presentationml/2006/main"
        show = parse_xml(
            f'<p:custShowLst xmlns:p="{p}" xmlns:r="{RELATION[1:-1]}"><p:custShow name="Short" id="0"><p:sldLst>'
            f'<p:sld r:id="{keys[0]}"/><p:sld r:id="{keys[2]}"/></p:sldLst></p:custShow></p:custShowLst>'
        )
        prs.element.find("{*}notesSz").addnext(show)
        kit.delete_slide(prs.slides[2])
        assert [entry.get(f"{RELATION}id") for entry in saved(prs).element.iter(f"{{{p}}}sld")] == [keys[0]]

    def test_new_slides_after_a_deletion_get_names_of_their_own(self, tmp_path):
        prs = rich_deck(tmp_path)
        kit.delete_slide(prs.slides[0])
        kit.title(kit.add_slide(prs), "New")
        kit.title(kit.duplicate_slide(prs.slides[0]), "Copy")
        assert titles(saved(prs)) == ["Second", "Copy", "Third", "New"]

    @pytest.mark.parametrize(("index", "order"), [(0, "CAB"), (1, "ACB"), (2, "ABC"), (-1, "ABC"), (-3, "CAB")])
    def test_a_moved_slide_is_where_it_was_put(self, index, order):
        prs = kit.blank_presentation()
        for name in "ABC":
            kit.title(kit.add_slide(prs), name)
        moved = kit.move_slide(prs.slides[2], index)
        assert prs.slides.index(moved) == index % 3
        assert "".join(titles(saved(prs))) == order

    def test_a_deck_saved_before_is_saved_right_after(self, tmp_path):
        prs = rich_deck(tmp_path)
        saved(prs)
        kit.move_slide(prs.slides[2], 0)
        assert titles(saved(prs)) == ["Third", "First", "Second"]
        kit.delete_slide(prs.slides[1])
        kit.title(kit.add_slide(prs), "New")
        again = saved(prs)
        assert titles(again) == ["Third", "Second", "New"]
        assert again.slides[1].shapes[4].click_action.target_slide is again.slides[0]

    def test_review_comments_stay_with_the_original(self, slide, prs):
        name, kind = PackURI("/ppt/comments/comment1.xml"), "application/vnd.ms-powerpoint.comments+xml"
        slide.part.relate_to(Part(name, kind, prs.part.package, b"<c/>"), RT.COMMENTS)
        kit.duplicate_slide(slide)
        assert [RT.COMMENTS in {rel.reltype for rel in each.part.rels.values()} for each in saved(prs).slides] == [
            True,
            False,
        ]

    def test_a_link_out_of_a_drawing_that_python_pptx_does_not_read_goes_too(self, prs, slide):
        drawing = Part(
            PackURI("/ppt/diagrams/drawing1.xml"),
            "application/vnd.ms-office.drawingml.diagramDrawing+xml",
            prs.part.package,
        )
        gone = kit.add_slide(prs)
        key = drawing.rels.get_or_add(RT.SLIDE, gone.part)
        drawing.blob = f'<d xmlns:r="{RELATION[1:-1]}"><shape><click r:id="{key}"/></shape></d>'.encode()
        drawing_key = slide.part.relate_to(drawing, RT.DIAGRAM_DATA)
        kit.delete_slide(gone)
        again = saved(prs).slides[0].part.related_part(drawing_key)
        assert b"click" not in again.blob
        assert b"shape" in again.blob
        assert not again.rels

    def test_sections_follow(self):
        prs = kit.blank_presentation()
        for name in "ABCD":
            kit.title(kit.add_slide(prs), name)
        with_sections(prs, 2, 2)
        kit.title(kit.duplicate_slide(prs.slides[1]), "E")
        assert sections_of(saved(prs)) == [["A", "B", "E"], ["C", "D"]]
        kit.move_slide(prs.slides[0], 3)
        assert sections_of(saved(prs)) == [["B", "E"], ["C", "A", "D"]]
        kit.move_slide(prs.slides[4], 0)
        assert sections_of(saved(prs)) == [["D", "B", "E"], ["C", "A"]]
        kit.delete_slide(prs.slides[1])
        assert sections_of(saved(prs)) == [["D", "E"], ["C", "A"]]

    def test_a_place_outside_the_deck_is_refused(self, tmp_path):
        prs = rich_deck(tmp_path)
        with pytest.raises(ValueError, match="index 3 is outside 0 to 2"):
            kit.move_slide(prs.slides[0], 3)
        with pytest.raises(ValueError, match="index 5 is outside 0 to 3"):
            kit.duplicate_slide(prs.slides[0], 5)
        assert titles(saved(prs)) == ["First", "Second", "Third"]

    def test_a_slide_that_is_gone_is_refused(self, tmp_path):
        prs = rich_deck(tmp_path)
        gone = prs.slides[0]
        kit.delete_slide(gone)
        for change in (kit.delete_slide, kit.duplicate_slide, lambda slide: kit.move_slide(slide, 0)):
            with pytest.raises(ValueError, match="was deleted"):
                change(gone)

    def test_speaker_notes_do_not_appear_by_deleting(self, tmp_path):
        prs = rich_deck(tmp_path)
        kit.delete_slide(prs.slides[0])
        assert not prs.slides[1].has_notes_slide

    @pytest.mark.parametrize("name", ["build_effective_agents.pptx", "template.pptx"])
    def test_a_real_deck_can_be_doubled_and_halved(self, name):
        if not (DECKS / name).is_file():
            pytest.skip("the real decks are not on this machine")
        prs = pptx.Presentation(str(DECKS / name))
        before = [[shape.name for shape in slide.shapes] for slide in prs.slides]
        for slide in list(prs.slides):
            kit.duplicate_slide(slide)
        for slide in list(prs.slides)[::2]:
            kit.delete_slide(slide)
        stream = io.BytesIO()
        prs.save(stream)
        with zipfile.ZipFile(stream) as archive:
            assert len(archive.namelist()) == len(set(archive.namelist()))
        again = pptx.Presentation(stream)
        assert [[shape.name for shape in slide.shapes] for slide in again.slides] == before


class TestTheModule:
    def test_its_example_runs_and_makes_what_it_says(self, tmp_path):
        example = re.split(r"Example:\n|\n\n(?=\S)", kit.__doc__ or "")[2]
        with contextlib.chdir(tmp_path):
            exec(compile(textwrap.dedent(example), "example", "exec"), {})
        again = pptx.Presentation(str(tmp_path / "deck.pptx"))
        assert titles(again) == [
            "Harbour report",
            "Two works are left to pay for",
            "The same, a year later",
            "North terminal took most of the growth",
        ]
        assert_whole((tmp_path / "deck.pptx").read_bytes())
        for slide in again.slides:
            for shape in slide.placeholders:
                assert not shape.has_text_frame or shape.text_frame.text

    def test_each_function_says_what_its_parameters_are(self):
        for name in kit.__all__:
            function = getattr(kit, name)
            assert function.__doc__, name
            if name not in ("Box", "blank_presentation"):
                names = function.__code__.co_varnames[
                    : function.__code__.co_argcount + function.__code__.co_kwonlyargcount
                ]
                described = function.__doc__[function.__doc__.index("Args:") :]
                assert [word for word in names if not re.search(rf"\b{word}\b.*:", described)] == [], name

    def test_nothing_of_the_server_is_loaded(self):
        import subprocess
        import sys

        code = "import sys; from viga_mcp.slides import kit; print({'mcp', 'anyio', 'pydantic'} & set(sys.modules))"
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
        )
        assert run.stdout.strip() == "set()"
