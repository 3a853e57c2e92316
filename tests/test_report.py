"""The report: one file that needs nothing else and says all that a reader wants to know."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from viga_agent.cli import main
from viga_agent.folder import RunFolder
from viga_agent.runs import finish
from viga_agent.trajectory import Trajectory

START = "import bpy\n\nlamp = bpy.data.lights['Lamp']\nlamp.energy = 25.0\nlamp.color = (1.0, 0.85, 0.75)\n"
BEST = START.replace("25.0", "68.5").replace("0.85", "0.5")
CHANGES = [
    {"line": 4, "column": 14, "name": "lights['Lamp'].energy", "before": 25.0, "after": 68.5},
    {"line": 5, "column": 19, "name": "lights['Lamp'].color[1]", "before": 0.85, "after": 0.5},
]


def judged(round: int, revision: str, renders: int, loss: float, changes: Any = ()) -> dict[str, Any]:
    metrics = {"photometric_loss": loss, "ssim": 0.9, "flip": None, "colour_offset": [1, -2.5, 0], "shift_px": [0, -3]}
    return {
        "round": round,
        "revision": revision,
        "renders": renders,
        "loss": loss,
        "metrics": metrics,
        "changes": list(changes),
        "note": f"note on {revision} <b>",
    }


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run of two rounds, the second of them in vain."""
    folder = RunFolder(tmp_path)
    folder.judged_picture("r1").parent.mkdir()
    for name, grey in (("start", 60), ("result", 120), ("target", 128), ("comparison", 90)):
        Image.new("RGB", (32, 24), (grey, grey, grey)).save(folder.picture(name))
    for revision in ("r1", "r2"):
        Image.new("RGB", (32, 24)).save(folder.judged_picture(revision))
    with Trajectory(folder.events) as trajectory:
        record = trajectory.record
        task = {
            "name": "lamp1",
            "folder": "tasks/lamp 1",
            "kind": "edit",
            "text": "Warmer & <brighter>",
            "base": "a.blend",
        }
        settings: dict[str, Any] = {
            "policy": "search",
            "arguments": ["run", "tasks/lamp 1", "--policy", "search", "--max-renders", "90", "--budget-s", "60"],
            "max_renders": 90,
            "rounds": None,
            "budget_s": 60.0,
            "server": [],
        }
        record("run_started", task=task, settings=settings, versions={"viga-agent": "0.1.0"})
        record("opened", view="camera:Camera1", blender="5.2.3", summary="")
        record("judged", **judged(0, "r1", 1, 0.04))
        record("best", round=0, revision="r1", loss=0.04, program=START)
        for renders, loss in ((5, 0.03), (20, 0.004), (30, 0.0004)):
            record("progress", round=1, renders=renders, loss=loss, message="")
        record("judged", **judged(1, "r2", 31, 0.0004, CHANGES))
        record("best", round=1, revision="r2", loss=0.0004, program=BEST)
        record("error", tool="fit_parameters", kind="crash", message="crash: signal 11\nin <line> 4")
        record("judged", **judged(2, "r3", 60, 0.0005))
        record("run_ended", status="done", reason="plateau: the last round gained nothing")
    return folder


class Page(HTMLParser):
    """Pictures, addresses and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += " " + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]


def page_of(folder: RunFolder) -> Page:
    finish(folder)
    return Page(folder.report.read_text(encoding="utf-8"))


def test_the_report_says_what_was_done_and_what_came_of_it(folder: RunFolder) -> None:
    text = " ".join(page_of(folder).text.split())
    for words in (
        "lamp1",
        "Warmer & <brighter>",
        "plateau: the last round gained nothing",
        "100 \N{MULTIPLICATION SIGN}",
        "60 / 90",
        "lights['Lamp'].energy 25.0 → 68.5",
        "lights['Lamp'].color[1] 0.85 → 0.5",
        "Photometric loss mean squared difference 0.04 0.0004",
        "FLIP what an eye sees, 0 is equal not computed not computed",
        "+1.0, -2.5, +0.0",
        "note on r2 <b> result",
        "note on r3 <b> not kept",
        "crash: signal 11 in <line> 4",
        "viga-agent run 'tasks/lamp 1' --policy search --max-renders 90 --budget-s 60",
        "blender workspace/task/a.blend --python program.py",
        "Blender 5.2.3",
        "camera:Camera1",
    ):
        assert words in text


def test_the_report_needs_nothing_from_elsewhere(folder: RunFolder) -> None:
    page = page_of(folder)
    addresses = [
        a[name] for _, a in page.attributes for name in ("src", "href", "srcset", "data", "action") if name in a
    ]
    assert addresses
    assert all(str(address).startswith("data:image/webp;base64,") for address in addresses)
    text = folder.report.read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn|@import|url\(", text)


def test_every_picture_says_what_it_shows(folder: RunFolder) -> None:
    page = page_of(folder)
    shown = [image for image in page.all("img") if image.get("src")]
    assert [image["id"] for image in shown if image.get("id")] == ["start", "result", "target"]
    assert all(image["alt"] and image["width"] and image["height"] for image in shown)
    assert page.all("html")[0]["lang"] == "en"
    assert [svg["role"] for svg in page.all("svg")] == ["img"]


def test_colours_of_text_can_be_read_in_both_modes() -> None:
    css = (Path(__file__).parent.parent / "viga_agent" / "templates" / "report.css").read_text(encoding="utf-8")
    modes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    ]
    assert len(modes) == 3
    on = {
        "paper": ("ink", "quiet", "accent"),
        "card": ("ink", "quiet", "accent", "bad"),
        "accent-soft": ("ink", "accent"),
    }
    on |= {"good-soft": ("ink", "good"), "bad-soft": ("ink", "bad"), "good-mark": ("ink",), "bad-mark": ("ink",)}
    for colours in modes[:2]:
        for ground, texts in on.items():
            assert all(_contrast(colours[ground], colours[text]) >= 4.5 for text in texts), (ground, colours)


def _contrast(a: str, b: str) -> float:
    """As WCAG 2 defines it: 1 to 21."""
    low, high = sorted(_luminance(colour) for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_result_is_told_for_machines_too(folder: RunFolder) -> None:
    page_of(folder)
    result = json.loads(folder.result.read_text(encoding="utf-8"))
    assert result["status"] == "done"
    assert result["best_revision"] == "r2"
    assert result["start"]["photometric_loss"] == 0.04
    assert result["final"]["photometric_loss"] == 0.0004
    assert result["loss_ratio"] == pytest.approx(0.01)
    assert (result["renders"], result["rounds"], result["tokens"], result["money"]) == (60, 2, None, None)
    assert [change["name"] for change in result["changes"]] == [change["name"] for change in CHANGES]


@pytest.mark.parametrize("kept", range(1, 13))
def test_a_run_that_was_killed_anywhere_can_be_reported(folder: RunFolder, kept: int) -> None:
    lines = folder.events.read_bytes().splitlines(keepends=True)
    assert len(lines) == 12
    folder.events.write_bytes(b"".join(lines[:kept]) + (lines[kept][:20] if kept < len(lines) else b""))
    assert main(["report", str(folder.path)]) == 0
    assert ("Unfinished" in folder.report.read_text(encoding="utf-8")) == (kept < len(lines))


def test_a_run_without_pictures_says_so(folder: RunFolder) -> None:
    for picture in [*folder.path.glob("*.png"), *folder.path.glob("pictures/*.png")]:
        picture.unlink()
    page = page_of(folder)
    assert not [image for image in page.all("img") if image.get("src")]
    assert "no picture" in page.text


def test_the_report_is_made_from_events_and_pictures_alone(folder: RunFolder) -> None:
    finish(folder)
    first = folder.report.read_text(encoding="utf-8")
    folder.report.unlink()
    folder.result.unlink()
    assert main(["report", str(folder.path)]) == 0
    assert folder.report.read_text(encoding="utf-8") == first
