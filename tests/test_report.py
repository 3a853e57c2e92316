"""The report: one file that needs nothing else and says all that a reader wants to know."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.made_runs import MadeRun
from viga_agent.chapters import chapters
from viga_agent.cli import main
from viga_agent.folder import RunFolder
from viga_agent.runs import finish
from viga_agent.trajectory import Event, Trajectory

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
    assert all(str(address).startswith(("data:image/webp;base64,", "#")) for address in addresses)
    text = folder.report.read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn|@import|url\(", text)


def test_every_picture_says_what_it_shows(folder: RunFolder) -> None:
    page = page_of(folder)
    shown = [image for image in page.all("img") if image.get("src")]
    assert [image["id"] for image in shown if image.get("id")] == ["start", "result", "target", "picture-r2"]
    assert all(image["alt"] and image["width"] and image["height"] for image in shown)
    assert page.all("html")[0]["lang"] == "en"
    assert [svg["role"] for svg in page.all("svg")] == ["img"]


def test_colours_of_text_can_be_read_in_both_modes() -> None:
    css = (Path(__file__).parent.parent / "viga_agent" / "templates" / "page.css").read_text(encoding="utf-8")
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


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeRun]:
    made = MadeRun(tmp_path / "made")
    yield made
    made.close()


def text_of(made: MadeRun) -> str:
    return " ".join(page_of(made.folder).text.split())


def test_a_round_tells_what_was_done_found_and_paid(made: MadeRun) -> None:
    made.round(1)
    made.round(2)
    made.end()
    text = text_of(made)
    for words in (
        "Round 2 r3 from r2 result",
        "warmer by 2 <b> Score",
        "Score 2 of 10, to revise Loss 0.0267 before 0.04 Measured SSIM 0.900, FLIP not computed",
        "Tokens 12,000 in, 300 out Money 0.0100 USD Renders 3 so far",
        "error Lamp It is 2 K too cold <i> 3000 K. note Wall It is flat. Bump it.",
        "Program: 2 lines added, 2 removed",
        "What went wrong: 1 execute_blender_code",
        "runtime_error: NameError: name 'lampe' is not defined in line 3",
        "generator I make the lamp warmer, try 2 <img src=x onerror=alert(1)>",
        "Tokens 24,000 in 600 out Money 0.0200 USD Time",
        "Score over rounds of 10, from 1 to 2",
    ):
        assert words in text


def test_an_unknown_price_is_never_nothing(made: MadeRun) -> None:
    made.round(1, usd=0.5)
    made.round(2, usd=None)
    text = text_of(made)
    assert text.count("Money unknown") == 2
    assert "Money 0.5000 USD" in text


def test_candidates_and_the_choice_among_them_are_told(made: MadeRun) -> None:
    made.rivals(1)
    text = text_of(made)
    assert "3 candidates a r20 , loss 0.02 idea a <u> b r21 , loss 0.015 chosen idea b <u> c r22 , loss 0.03" in text
    assert "The judge of r20 against r21 : r21 . its shadow is softer its colour is nearer <s>" in text


def test_failed_replies_and_waits_are_told_in_their_round(made: MadeRun) -> None:
    made.round(1)
    made.record("reply_failed", round=2, role="generator", kind="busy", message="the model answered 429")
    made.record("retry", role="generator", message="429", wait_s=8.0)
    made.record("error", tool="generator", kind="gave_up", message="the generator made no change in 12 replies")
    made.round(3)
    text = text_of(made)
    told = text[text.index("Round 2 failed") : text.index("Round 3 r4 from r2")]
    assert "What went wrong: 3 generator the reply failed: the model answered 429" in told
    assert "generator waits 8.0 s and tries again: 429 generator the generator made no change in 12 replies" in told


def test_a_run_that_was_resumed_is_as_its_last_end_says(made: MadeRun) -> None:
    made.round(1)
    made.end("interrupted", "stopped by the user")
    made.record("run_resumed", settings={"rounds": 20})
    assert "Unfinished" in text_of(made)
    made.round(2)
    made.end("done", "accepted by the verifier")
    text = text_of(made)
    assert "Done accepted by the verifier" in text
    assert "Rounds 2 / 20" in text
    assert "stopped by the user" not in text


def test_what_could_not_be_measured_is_left_out(made: MadeRun) -> None:
    made.record(
        "judged", round=1, revision="r2", renders=2, loss=1.0, metrics={}, changes=[], note="the camera is gone",
        review=None, program="",
    )  # fmt: skip
    made.record(
        "judged", round=2, revision="r3", renders=3, loss=0.5, metrics={"findings": 2, "ssim": 0.5}, changes=[],
        note="", review=None, program="",
    )  # fmt: skip
    text = text_of(made)
    assert "the camera is gone Loss 1 before 0.08 Renders 2 so far" in text
    assert "Measured SSIM 0.500, 2 findings" in text


def test_a_round_that_was_cut_and_done_again_is_one_round(made: MadeRun) -> None:
    made.reply(1, "generator", "Lost words")
    made.record("tool_call", call=7, tool="execute_blender_code", arguments={})
    assert "Round 1 unfinished" in text_of(made)
    made.record("run_resumed", settings={})
    made.round(1)
    made.record("run_resumed", settings={})
    made.judged(1, "r2", 0.04, note="judged again")
    made.end()
    text = text_of(made)
    assert text.count("Round 1 r2 from r1") == 1
    assert "judged again" in text
    assert "execute_blender_code no result" in text
    assert "Step by step: 5" in text
    assert "Loss over rounds on a logarithmic scale, from 0.08 to 0.04" in text


def test_reports_of_long_runs_stay_small(tmp_path: Path) -> None:
    made = MadeRun(tmp_path / "long", size_px=512, lines=80)
    for number in range(1, 21):
        made.round(number)
    made.end()
    made.close()
    finish(made.folder)
    twenty = made.folder.report.stat().st_size
    assert 1e6 < twenty < 10e6
    page = Page(made.folder.report.read_text(encoding="utf-8"))
    assert len([image for image in page.all("img") if image.get("src")]) == 3 + 21 + 20 + 2
    assert all(image["loading"] == "lazy" for image in page.all("img") if str(image.get("id")).startswith("picture-"))


def test_calls_of_candidates_at_work_at_once_keep_their_results() -> None:
    def call(kind: str, branch: str, **fields: Any) -> Event:
        return {"event": kind, "t": 1.0, "round": 1, "call": 1, "tool": "check_scene", "branch": branch, **fields}

    events = [
        *(call("tool_call", branch, arguments={}) for branch in "ab"),
        *(call("tool_result", branch, ok=True, seconds=1.0, text=f"done by {branch}") for branch in "ab"),
    ]

    _, first = chapters(events, ())
    assert [(step.branch, step.outcome) for step in first.steps] == [("a", "done by a"), ("b", "done by b")]
