"""What is unfinished: placeholders left empty, titles that stand alone or end badly, a template of another page."""

from collections.abc import Iterator

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import Finding
from viga_mcp.slide_checks.view import FOOTERS, TITLES, Shape, View, words

ORPHAN_SHARE = 0.3
MIDDLE = 0.005
CROWDED_WORDS = 120
OPENING = ("title slide", "section", "blank", "divider", "closing", "end")


def find_unfinished(view: View) -> Iterator[Finding]:
    yield from _empty_placeholders(view)
    yield from _title_alone(view)
    yield from _title_orphan(view)
    yield from _crowding(view)


def find_other_template(view: View) -> Iterator[Finding]:
    """Placeholders that stand in the middle of a 4:3 page of this height, where the page is wide."""
    taken = [
        shape for shape in view.shapes
        if (shape.element["placeholder"] or {}).get("inherits_position") and shape.role not in FOOTERS
    ]  # fmt: skip
    if not taken or view.width < 1.5 * view.height:
        return
    box = Box.around([edge for shape in taken for edge in (shape.frame[:2], shape.frame[2:])])
    middle = box.middle[0] / view.height
    if abs(middle - 2 / 3) < MIDDLE:
        yield Finding(
            "template_other_size",
            "warning",
            view.number,
            tuple(shape.id for shape in taken),
            f"The layout's placeholders are centred {middle * view.height / view.width:.0%} across the slide, as on a "
            "4:3 page: place them, or start from `prs` or kit.blank_presentation(), which are 16:9 throughout.",
            "their middle across the slide",
            middle * view.height / view.width,
            "ratio",
            0.5,
            box,
        )


def _empty_placeholders(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        placeholder = shape.element["placeholder"]
        if placeholder and placeholder["is_empty"] and shape.role not in FOOTERS:
            yield Finding(
                "placeholder_empty",
                "warning",
                view.number,
                (shape.id,),
                f"The placeholder {shape.called} ({shape.role.lower().replace('_', ' ')}, idx {placeholder['idx']}) is "
                "empty; PowerPoint's editor shows its prompt: fill it or remove it.",
                "characters",
                0,
                "",
                1,
                shape.box,
            )


def _title_alone(view: View) -> Iterator[Finding]:
    shown = [
        shape for shape in view.shapes
        if not shape.is_footer and (shape.has_text or shape.kind not in {"text_box", "placeholder", "group"})
    ]  # fmt: skip
    is_opening = any(word in view.slide["layout"].lower() for word in OPENING)
    if len(shown) == 1 and shown[0].role in TITLES and not is_opening:
        yield Finding(
            "title_alone",
            "warning",
            view.number,
            (shown[0].id,),
            f"There is nothing on the slide but its title, and its layout {view.slide['layout']!r} is for content.",
            "things beside the title",
            0,
            "",
            1,
            shown[0].box,
        )


def _title_orphan(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        lines = [line for line in shape.lines if words(line.text)]
        if shape.role not in TITLES or len(lines) < 2 or len(words(lines[-1].text)) != 1:
            continue
        if "\n" in shape.text or "\v" in shape.text:
            continue
        width = max(line.box.right - line.box.left for line in lines)
        share = (lines[-1].box.right - lines[-1].box.left) / width
        if share < ORPHAN_SHARE:
            yield Finding(
                "title_orphan",
                "note",
                view.number,
                (shape.id,),
                f"The title's last line is a single word, {lines[-1].text.strip()!r}: shorten it, or break it evenly.",
                "its width of the longest line's",
                share,
                "ratio",
                ORPHAN_SHARE,
                lines[-1].box,
            )


def _crowding(view: View) -> Iterator[Finding]:
    shapes = [shape for shape in view.shapes if not shape.is_footer and shape.role not in TITLES]
    total = sum(map(_words, shapes))
    if total > CROWDED_WORDS:
        most = max(shapes, key=_words)
        yield Finding(
            "crowded",
            "warning",
            view.number,
            (most.id,),
            f"The slide has {total} words beside its title, {_words(most)} of them in {most.called}: cut, or go on on "
            "another slide.",
            "words",
            total,
            "",
            CROWDED_WORDS,
        )


def _words(shape: Shape) -> int:
    return sum(len(words(text)) for text in [shape.text, *shape.cells])
