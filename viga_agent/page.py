"""The page of a run, in parts: what the report puts into one file, and what the live page changes as the run goes on.

Pure but for the pictures: a story in, HTML out.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined

from viga_agent import curve
from viga_agent.changes import Change, DiffLine, changed_literals, diff_lines
from viga_agent.chapters import Chapter, Judged
from viga_agent.folder import RunFolder
from viga_agent.story import Story

PICTURE_PX = 1024
THUMBNAIL_PX = 192
BEFORE_ROUNDS = ("head", "pictures", "numbers", "curves", "rounds")
AFTER_ROUNDS = ("changes", "program", "differences", "problems", "how")
_INDICES = ("ssim", "flip")
_COUNTS = ("errors", "warnings", "notes", "findings")
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
    """A picture for the page: its address and size in pixels."""

    url: str
    width: int
    height: int


class Pictures(Protocol):
    """Where the page finds pictures."""

    def figure(self, path: Path, most_px: int) -> Figure | None:
        """A file at most so many pixels wide; None if there is none."""
        ...

    def difference(self, name: str) -> Figure | None:
        """Where `start` or `result` differs from the target; None if there is no such pair."""
        ...

    def seen(self, path: Path) -> Figure | None:
        """A picture that a model was shown on its way; None where the page does without them."""
        ...


@dataclass(frozen=True)
class Measure:
    """A row of the table of metrics."""

    name: str
    meaning: str
    start: str
    final: str


@dataclass(frozen=True)
class Chart:
    """A curve and what it says."""

    title: str
    curve: curve.Curve
    unit: str
    summary: str


@dataclass(frozen=True)
class Article:
    """What the page shows of a round.

    Args:
        measured: Metrics, but for those that are shown elsewhere.
        before: Id of the element that shows the revision that it went on from.
        thumbnail: Of what it made.
        seen: Pictures of its steps, by their file.
    """

    chapter: Chapter
    measured: list[str]
    figure: Figure | None
    thumbnail: Figure | None
    before: str | None
    changes: list[Change]
    diff: tuple[DiffLine, ...]
    rivals: Mapping[str, Figure | None]
    seen: Mapping[str, Figure | None]


def run_parts(
    story: Story, folder: RunFolder, pictures: Pictures, *, last_event: float | None = None, home: str | None = None
) -> dict[str, str]:
    """The page's parts in their order, as HTML by id; one that has nothing to say is left out.

    Args:
        story, folder: The run.
        pictures: Where its pictures are. Those that the run did not get to are left out.
        last_event: Of a page that follows the run: when its last event came, in seconds since 1970.
        home: The address of the list of runs, if there is one.
    """
    articles = [_article(chapter, story, folder, pictures) for chapter in story.chapters]
    lines = diff_lines(story.start_program, story.best_program)
    context = {
        "story": story,
        "last_event": last_event,
        "home": home,
        "figures": {name: pictures.figure(folder.picture(name), PICTURE_PX) for name in ("start", "result", "target")},
        "articles": articles,
        "charts": _charts(story),
        "frame": curve,
        "measures": [] if story.is_of_slides else _measures(story),
        "factor": _factor(story),
        "diff": lines,
        "differences": {name: pictures.difference(name) for name in ("start", "result")},
        "command": _command(story),
        "base": f"workspace/task/{story.task['base']}" if story.task["base"] else None,
    }
    parts = {name: render(f"parts/{name}", **context) for name in BEFORE_ROUNDS}
    for article in (a for a in articles if a.chapter.round):
        parts[f"round-{article.chapter.round}"] = render("parts/round", **context, article=article)
    parts |= {name: render(f"parts/{name}", **context) for name in AFTER_ROUNDS}
    return {name: html for name, html in parts.items() if html}


def render_page(title: str, parts: Mapping[str, str], *, stream: str | None = None) -> str:
    """A whole page.

    Args:
        title: Of the window.
        parts: Its contents.
        stream: The address that tells of changes; None for a page that stands alone.
    """
    return render("page", title=title, parts=parts, stream=stream)


def title_of(story: Story) -> str:
    return f"{story.task['name']} · viga-agent"


def render(template: str, **context: Any) -> str:
    """A template of ours, filled."""
    return _environment.get_template(f"{template}.html.j2").render(context).strip()


def _article(chapter: Chapter, story: Story, folder: RunFolder, pictures: Pictures) -> Article:
    judged = chapter.judged
    path = folder.judged_picture(judged.revision) if judged else None
    before, after = (story.programs.get(revision or "", "") for revision in (chapter.base, judged and judged.revision))
    start = story.start.revision if story.start else None
    return Article(
        chapter,
        measured=[] if judged is None else _measured(judged.metrics),
        figure=pictures.figure(path, PICTURE_PX) if path and chapter.round else None,
        thumbnail=pictures.figure(path, THUMBNAIL_PX) if path else None,
        before="start" if chapter.base == start else f"picture-{chapter.base}",
        changes=changed_literals(before, after, judged.changes) if judged and after else [],
        diff=diff_lines(before, after) if after else (),
        rivals={r.revision: pictures.figure(folder.judged_picture(r.revision), THUMBNAIL_PX) for r in chapter.rivals},
        seen={file: pictures.seen(folder.path / file) for step in chapter.steps for file in step.pictures},
    )


def _measured(metrics: Mapping[str, Any]) -> list[str]:
    """Metrics in words: of pictures "SSIM 0.912", of checks "2 errors"; one that is not computed says so."""
    indices = [f"{name.upper()} {_optional(metrics[name], '{:.3f}'.format)}" for name in _INDICES if name in metrics]
    return [*indices, *(f"{metrics[name]} {name}" for name in _COUNTS if name in metrics)]


def _charts(story: Story) -> list[Chart]:
    """The loss over renders where a search told it, else over rounds; and the score over rounds."""
    best = min((j.loss for j in story.judged), default=None)
    lasting = [j for j in story.judged if j.is_kept]
    if story.points:
        unit, line = "renders", [(p.renders, p.loss) for p in story.points]
        dots = [(j.renders, j.loss, f"{_who(j)}: {_number(j.loss)} after {j.renders} renders") for j in story.judged]
    else:
        unit, line = "rounds", [(j.round, j.loss) for j in lasting]
        dots = [(j.round, j.loss, f"{_who(j)}: {_number(j.loss)}") for j in story.judged]
    reviewed = [(j, j.review["score"]) for j in story.judged if j.review]
    scores = [(j.round, score, f"{_who(j)}: score {score:g}") for j, score in reviewed]
    kept = [(j.round, score) for j, score in reviewed if j.is_kept]
    charts: list[Chart] = []
    if drawn := curve.draw(line, dots):
        assert best is not None
        summary = f"on a logarithmic scale, from {_number(story.judged[0].loss)} to {_number(best)}"
        charts.append(Chart(f"Loss over {unit}", drawn, unit, summary))
    if len(scores) > 1 and (drawn := curve.draw(kept, scores, top=10)):
        charts.append(Chart("Score over rounds", drawn, "rounds", f"of 10, from {scores[0][1]:g} to {scores[-1][1]:g}"))
    return charts


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


def _money(usd: float | None) -> str:
    """A price; unknown is not nothing."""
    return "unknown" if usd is None else f"{usd:.2f} USD" if usd >= 1 or usd == 0 else f"{usd:.4f} USD"


_environment = Environment(
    loader=PackageLoader("viga_agent", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"loss": _number, "duration": _duration, "money": _money}
