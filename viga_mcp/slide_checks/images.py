"""Pictures shown wrongly: stretched, blown up, or missing."""

from collections.abc import Iterator

from viga_mcp.slide_checks.finding import POINT, Finding
from viga_mcp.slide_checks.view import Shape, View

DISTORTED = 0.05
MIN_PPI = 72.0
MIN_INCHES = 1.0
VECTOR = {"emf", "wmf", "svg"}


def find_bad_pictures(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        picture = shape.element["picture"]
        if picture and picture["file"] is None:
            yield _missing(view, shape, picture["linked"])
        if not picture or not picture.get("pixels") or not all(picture["pixels"]):
            continue
        _, _, width, height = shape.element["box"]
        left, top, right, bottom = picture["crop"]
        pixels = picture["pixels"][0] * (1 - left - right), picture["pixels"][1] * (1 - top - bottom)
        if min(*pixels, width, height) <= 0:
            continue
        stretch = (width / height) / (pixels[0] / pixels[1])
        off = max(stretch, 1 / stretch) - 1
        if off > DISTORTED:
            yield Finding(
                "picture_distorted",
                "warning",
                view.number,
                (shape.id,),
                f"{shape.called} is stretched {stretch:.2f} times in width: give add_picture only one of width and "
                "height, or crop it.",
                "width over height, of the picture's own",
                stretch,
                "ratio",
                1 + DISTORTED,
                shape.box,
            )
        inches = width / POINT / 72, height / POINT / 72
        ppi = min(pixels[0] / inches[0], pixels[1] / inches[1])
        if ppi < MIN_PPI and max(inches) >= MIN_INCHES and picture["format"] not in VECTOR:
            yield Finding(
                "picture_upscaled",
                "warning",
                view.number,
                (shape.id,),
                f"{shape.called} has {pixels[0]:.0f} x {pixels[1]:.0f} pixels for {inches[0]:.1f} x {inches[1]:.1f} "
                f"inches, {ppi:.0f} to an inch: use a larger picture, or show it smaller.",
                "pixels to an inch",
                ppi,
                "ppi",
                MIN_PPI,
                shape.box,
            )


def _missing(view: View, shape: Shape, link: str | None) -> Finding:
    where = f"only a link to {link}" if link else "nothing in its place"
    return Finding(
        "picture_missing",
        "error",
        view.number,
        (shape.id,),
        f"The file of {shape.called} is not in the deck, {where}: put it in with add_picture.",
        "files",
        0,
        "",
        1,
        shape.box,
    )
