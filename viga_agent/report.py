"""The report of a run: one HTML file that needs nothing else, made from the story and the pictures in the folder."""

import base64
import io
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image, ImageChops

from viga_agent import curve
from viga_agent.changes import diff_lines
from viga_agent.folder import RunFolder
from viga_agent.story import Judged, Story

MOST_SIDE_PX = 1024
THUMBNAIL_PX = 192
QUALITY = 90
MOST_DIFF_LINES = 400
_MEANINGS = {
    "Photometric loss": "mean squared difference",
    "RMSE": "grey levels of 255",
    "SSIM": "structure, 1 is equal",
    "FLIP": "what an eye sees, 0 is equal",
    "Colour offset": "red, green, blue, of 255",
    "Best shift": "pixels right, down",
}


@dataclass(frozen=True)
class Figure:
    """A picture for the page: its data URL and size in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Measure:
    """A row of the table of metrics."""

    name: str
    meaning: str
    start: str
    final: str


def write_report(story: Story, folder: RunFolder) -> None:
    """Write `report.html`."""
    folder.report.write_text(render_report(story, folder), encoding="utf-8")


def render_report(story: Story, folder: RunFolder) -> str:
    """The page. Pictures that the run did not get to are left out."""
    figures = {name: _figure(folder, name) for name in ("start", "result", "target")}
    lines = diff_lines(story.start_program, story.best_program)
    environment = Environment(
        loader=PackageLoader("viga_agent", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["loss"] = _number
    environment.filters["duration"] = _duration
    return environment.get_template("report.html.j2").render(
        story=story,
        figures=figures,
        differences={name: _difference(folder, name) for name in ("start", "result")},
        thumbnails={j.revision: _thumbnail(folder, j) for j in story.judged},
        factor=_factor(story),
        curve=None if story.is_of_slides else _curve(story),
        frame=curve,
        measures=[] if story.is_of_slides else _measures(story),
        diff=lines[:MOST_DIFF_LINES],
        diff_left_out=max(0, len(lines) - MOST_DIFF_LINES),
        command=_command(story),
        base=f"workspace/task/{story.task['base']}" if story.task["base"] else None,
        looks={j.revision: _look(folder, j) for j in story.judged if j.review},
    )


def _figure(folder: RunFolder, name: str) -> Figure | None:
    path = folder.picture(name)
    return _encoded(_opened(path), MOST_SIDE_PX) if path.is_file() else None


def _thumbnail(folder: RunFolder, judged: Judged) -> Figure | None:
    path = folder.judged_picture(judged.revision)
    return _encoded(_opened(path), THUMBNAIL_PX) if path.is_file() else None


def _look(folder: RunFolder, judged: Judged) -> Figure | None:
    path = folder.judged_picture(judged.revision)
    return _encoded(_opened(path), MOST_SIDE_PX) if path.is_file() else None


def _difference(folder: RunFolder, name: str) -> Figure | None:
    """A picture's largest channel difference from the target as heat: black is equal, white half the range or more."""
    paths = [folder.picture(name), folder.picture("target")]
    if not all(path.is_file() for path in paths):
        return None
    picture, target = (_opened(path) for path in paths)
    gaps = ImageChops.difference(picture, target.resize(picture.size, Image.Resampling.BOX)).split()
    gap = ImageChops.lighter(ImageChops.lighter(gaps[0], gaps[1]), gaps[2])
    ramps = [[round(255 * min(max(g / 128 * 2 - low, 0), 1)) for g in range(256)] for low in (0.0, 0.6, 1.2)]
    return _encoded(Image.merge("RGB", [gap.point(ramp) for ramp in ramps]), MOST_SIDE_PX)


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _encoded(image: Image.Image, most_px: int) -> Figure:
    image.thumbnail((most_px, most_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=QUALITY, method=4)
    return Figure(f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}", image.width, image.height)


def _curve(story: Story) -> curve.Curve | None:
    judged = [(j.renders, j.loss, f"{_who(j)}: {_number(j.loss)} after {j.renders} renders") for j in story.judged]
    return curve.draw([(p.renders, p.loss) for p in story.points], judged)


def _who(judged: Judged) -> str:
    return "start" if judged.round == 0 else f"round {judged.round}, {judged.revision}"


def _measures(story: Story) -> list[Measure]:
    if not (story.start and story.best):
        return []
    start, final = _spelled(story.start.metrics), _spelled(story.best.metrics)
    return [Measure(name, meaning, start[name], final[name]) for name, meaning in _MEANINGS.items()]


def _spelled(metrics: Mapping[str, Any]) -> dict[str, str]:
    loss, ssim, flip = (metrics.get(name) for name in ("photometric_loss", "ssim", "flip"))
    return {
        "Photometric loss": _optional(loss, _number),
        "RMSE": _optional(loss, lambda value: f"{255 * value**0.5:.2f}"),
        "SSIM": _optional(ssim, "{:.4f}".format),
        "FLIP": _optional(flip, "{:.4f}".format),
        "Colour offset": ", ".join(f"{value:+.1f}" for value in metrics.get("colour_offset", ())),
        "Best shift": ", ".join(f"{value:+d}" for value in metrics.get("shift_px", ())),
    }


def _optional(value: float | None, spell: Callable[[float], str]) -> str:
    return "not computed" if value is None else spell(value)


def _factor(story: Story) -> str | None:
    """How many times closer, "142"; None if it is not closer."""
    if story.ratio is None or story.ratio >= 1:
        return None
    if story.ratio == 0:
        return "\N{INFINITY}"
    factor = 1 / story.ratio
    return f"{factor:.0f}" if factor >= 10 else f"{factor:.1f}"


def _command(story: Story) -> str:
    return shlex.join(["viga-agent", *story.settings["arguments"]])


def _number(value: float) -> str:
    """Three significant digits, as people write them."""
    return f"{value:.3g}" if value == 0 or value >= 1e-4 else f"{value:.2e}"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
