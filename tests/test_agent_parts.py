"""The pure parts of the agent: tasks, limits, events, changes, the curve, what is said on a terminal."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from viga_agent import curve
from viga_agent.changes import Change, changed_literals, diff_lines
from viga_agent.cli import main
from viga_agent.folder import make_folder
from viga_agent.limits import Limits, Spent, exhausted, plateau
from viga_agent.tasks import TaskError, parse_fields, read_task
from viga_agent.terminal import Terminal
from viga_agent.trajectory import Trajectory, read_events

# --- tasks


def gym_folder(folder: Path, *targets: str) -> Path:
    (folder / "renders" / "goal").mkdir(parents=True)
    (folder / "blender_file.blend").write_bytes(b"BLENDER")
    (folder / "start.py").write_text("import bpy\n", encoding="utf-8")
    for name in targets:
        Image.new("RGB", (8, 8)).save(folder / "renders" / "goal" / name)
    return folder


def test_a_blendergym_folder_is_a_task_as_it_stands(tmp_path: Path) -> None:
    task = read_task(gym_folder(tmp_path / "placement7", "render10.png", "render2.png"))
    assert (task.name, task.kind, task.program, task.base_name) == (
        "placement7",
        "edit",
        "import bpy\n",
        "blender_file.blend",
    )
    assert task.target
    assert (task.target.name, task.camera) == ("render2.png", "Camera2")


def test_a_picture_without_number_belongs_to_camera1(tmp_path: Path) -> None:
    assert read_task(gym_folder(tmp_path / "a", "render.png")).camera == "Camera1"


def test_a_task_yaml_folder_gives_kind_text_and_cameras(tmp_path: Path) -> None:
    (tmp_path / "task.yaml").write_text(
        "# a task\nkind: static\ntext: 'Build: the room'\ncameras: [Left, Right]\n", encoding="utf-8"
    )
    (tmp_path / "start.blend").write_bytes(b"BLENDER")
    Image.new("RGB", (8, 8)).save(tmp_path / "target.jpg")
    task = read_task(tmp_path)
    assert (task.kind, task.text, task.camera, task.program) == ("static", "Build: the room", "Left", None)
    assert task.base == tmp_path / "start.blend"


def test_fields_come_plain_quoted_and_in_blocks() -> None:
    text = 'kind: edit # as in the paper\ntext: >\n  Make the\n  lamp warmer.\n\ncameras: "A # B"\n'
    assert parse_fields(text) == {"kind": "edit", "text": "Make the lamp warmer.", "cameras": "A # B"}
    assert parse_fields("text: |\n  one\n  two\n")["text"] == "one\ntwo"


@pytest.mark.parametrize(
    "line", ["colour: red", "kind edit", "kind: a\nkind: b", "- kind", 'text: "no end', "  kind: x"]
)
def test_a_field_that_is_not_understood_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(TaskError, match=rf"task.yaml line {line.count(chr(10)) + 1}"):
        parse_fields(line)


def test_what_a_folder_lacks_is_said_in_one_line(tmp_path: Path) -> None:
    gym_folder(tmp_path / "lighting1", "render1.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TaskError, match=r"There is no task folder .*Tasks beside it: lighting1"):
        read_task(tmp_path / "lightning1")
    with pytest.raises(TaskError, match=r"neither blender_file\.blend nor start\.blend nor start\.py"):
        read_task(tmp_path / "empty")
    with pytest.raises(TaskError, match="no target picture"):
        read_task(gym_folder(tmp_path / "blind"))
    (tmp_path / "lighting1" / "task.yaml").write_text("kind: film\n", encoding="utf-8")
    with pytest.raises(TaskError, match="there is no kind 'film'; known: edit, static, dynamic, slides"):
        read_task(tmp_path / "lighting1")
    (tmp_path / "lighting1" / "task.yaml").write_text("kind: slides\n", encoding="utf-8")
    with pytest.raises(TaskError, match="has no text: it must say what the slides are to be"):
        read_task(tmp_path / "lighting1")
    (tmp_path / "lighting1" / "task.yaml").unlink()
    (tmp_path / "lighting1" / "start.py").write_bytes(b"\xff\xfe")
    with pytest.raises(TaskError, match="not UTF-8"):
        read_task(tmp_path / "lighting1")


def test_runs_are_numbered_and_never_written_over(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    (runs / "cube-7").mkdir(parents=True)
    assert make_folder(None, "cube", runs).path.name == "cube-8"
    assert make_folder(None, "cube", runs).path.name == "cube-9"
    assert make_folder(None, "cub", runs).path.name == "cub-1"
    with pytest.raises(TaskError, match="not empty"):
        make_folder(runs / "cube-8", "cube")


# --- limits


@pytest.mark.parametrize(
    ("limits", "spent", "reason"),
    [
        (Limits(400, None, None), Spent(384, 99, 1e9), None),
        (Limits(400, None, None), Spent(385, 1, 1), "budget of 400 renders used"),
        (Limits(4, None, None), Spent(1, 0, 1), None),
        (Limits(3, None, None), Spent(1, 0, 1), "budget of 3 renders used"),
        (Limits(400, 1, None), Spent(1, 1, 1), "1 round done"),
        (Limits(400, 3, None), Spent(1, 2, 1), None),
        (Limits(400, None, 60), Spent(1, 0, 60.0), "budget of 60 s used"),
    ],
)
def test_a_limit_that_is_reached_is_named(limits: Limits, spent: Spent, reason: str | None) -> None:
    assert exhausted(limits, spent) == reason


def test_going_on_is_worth_it_only_after_a_gain_and_above_the_noise() -> None:
    assert plateau(0.1, 0.09) is None
    assert plateau(0.1, 0.1) == "plateau: the last round gained nothing"
    assert plateau(0.1, 0.099) == "plateau: the last round gained too little"
    assert "equal" in str(plateau(0.1, 1e-6))


# --- events


def test_events_survive_a_kill_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Trajectory(path) as trajectory:
        trajectory.record("one", text="zwölf")
        trajectory.record("two")
    whole = path.read_bytes()
    first, second = read_events(path)
    assert (first["event"], first["text"], second["event"]) == ("one", "zwölf", "two")
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert read_events(path) in ([], [first], [first, second])


def test_a_broken_line_before_the_last_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "one"}\n{"ev\n{"event": "three"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_events(path)


def test_each_event_is_on_disk_when_the_listener_hears_of_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    seen: list[bool] = []
    with Trajectory(path, lambda event: seen.append(read_events(path)[-1] == event)) as trajectory:
        trajectory.record("one")
        trajectory.record("two", loss=None)
    assert seen == [True, True]


# --- changes


def test_changed_numbers_get_the_names_that_the_fit_gave_them() -> None:
    before = "lamp.energy = 10  # W\nbox.location = (1.0, -2.0, 3)\n"
    after = "lamp.energy = 12.5  # W\nbox.location = (1.0, 2.25, -3)\n"
    named = [
        {"line": 1, "name": "lamp.energy", "after": 12.5},
        {"line": 2, "name": "box.location[1]", "after": 2.25},
        {"line": 2, "name": "box.location[2] at 2:22", "after": -3},
    ]
    assert changed_literals(before, after, named) == [
        Change(1, "lamp.energy", "10", "12.5"),
        Change(2, "box.location[1]", "-2.0", "2.25"),
        Change(2, "box.location[2]", "3", "-3"),
    ]
    assert changed_literals(before, after)[0].name == "lamp.energy"


@pytest.mark.parametrize("after", ["x = 1 + 2\n", "y = 1\n", "x = 1\nz = 2\n", "x = (1\n"])
def test_programs_that_differ_in_more_than_literals_have_no_table(after: str) -> None:
    assert changed_literals("x = 1\n", after) == []


def test_a_minus_that_subtracts_is_no_sign() -> None:
    assert changed_literals("x = a - 1\n", "x = a - 2\n") == [Change(1, "x", "1", "2")]
    assert changed_literals("f(-1)\n", "f(-2)\n") == [Change(1, "f(-2)", "-1", "-2")]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.data())
def test_exactly_the_numbers_that_differ_are_listed(numbers: list[float], data: st.DataObject) -> None:
    others = [data.draw(st.sampled_from([n, n + 1])) for n in numbers]
    before, after = ("\n".join(f"x{i} = ({n!r})" for i, n in enumerate(row)) for row in (numbers, others))
    changes = changed_literals(before, after)
    expected = [i + 1 for i, (a, b) in enumerate(zip(numbers, others, strict=True)) if repr(a) != repr(b)]
    assert [change.line for change in changes] == expected
    assert all(float(change.after) == others[change.line - 1] for change in changes)


LINES = st.lists(st.text("ab1 .=", max_size=6), max_size=12)


@given(LINES, LINES)
def test_a_difference_holds_every_changed_line_with_its_number(old: list[str], new: list[str]) -> None:
    lines = diff_lines("\n".join(old), "\n".join(new))
    before, after = "\n".join(old).splitlines(), "\n".join(new).splitlines()
    assert (not lines) == (before == after)
    for line in lines:
        text = "".join(piece.text for piece in line.pieces)
        if line.old:
            assert text == before[line.old - 1]
        if line.new:
            assert text == after[line.new - 1]
    shown_old = {line.old for line in lines}
    kept = [text for number, text in enumerate(before, 1) if number not in shown_old]
    shown_new = {line.new for line in lines}
    assert kept == [text for number, text in enumerate(after, 1) if number not in shown_new]


def test_within_a_changed_line_the_number_is_marked_whole() -> None:
    removed, added = diff_lines("x = -1.5 + a", "x = 2e-3 + a")
    assert [piece.text for piece in removed.pieces if piece.is_changed] == ["-1.5"]
    assert [piece.text for piece in added.pieces if piece.is_changed] == ["2e-3"]


# --- curve

LOSSES = st.floats(0, 1) | st.just(0.0)


@given(
    st.lists(st.tuples(st.integers(0, 5000), LOSSES), max_size=30), st.lists(st.tuples(st.integers(0, 5000), LOSSES))
)
def test_a_curve_stays_inside_its_frame(points: list[tuple[int, float]], dots: list[tuple[int, float]]) -> None:
    drawn = curve.draw(points, [(renders, loss, "r") for renders, loss in dots])
    if drawn is None:
        assert len(points) + len(dots) < 2 or not any(loss > curve.LEAST_LOSS for _, loss in [*points, *dots])
        return
    assert all(curve.LEFT <= dot.x <= curve.WIDTH - curve.RIGHT for dot in drawn.dots)
    assert all(curve.TOP <= dot.y <= curve.HEIGHT - curve.BOTTOM for dot in drawn.dots)
    assert all(curve.TOP <= tick.at <= curve.HEIGHT - curve.BOTTOM for tick in drawn.y_ticks)
    assert 2 <= len(drawn.x_ticks) <= 7


def test_a_lower_loss_is_drawn_lower() -> None:
    drawn = curve.draw([(0, 0.1), (100, 0.001)], [(0, 0.1, "start"), (100, 0.001, "end")])
    assert drawn is not None
    assert drawn.dots[0].y < drawn.dots[1].y
    assert [tick.label for tick in drawn.y_ticks] == ["0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1"]


# --- terminal


class Screen(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def progress(t: float, renders: int, loss: float) -> dict[str, Any]:
    return {"event": "progress", "t": t, "round": 1, "renders": renders, "loss": loss}


def test_elsewhere_than_on_a_terminal_small_progress_is_not_told() -> None:
    screen = Screen(False)
    terminal = Terminal(screen)
    for event in (progress(1, 5, 0.1), progress(2, 6, 0.099), progress(3, 7, 0.05), progress(14, 8, 0.05)):
        terminal.show(event)
    assert screen.getvalue().splitlines() == [
        "    1.0 s  round 1: 5 renders, loss 0.100000",
        "    3.0 s  round 1: 7 renders, loss 0.050000",
        "   14.0 s  round 1: 8 renders, loss 0.050000",
    ]


def test_on_a_terminal_progress_is_written_over() -> None:
    screen = Screen(True)
    terminal = Terminal(screen)
    terminal.show(progress(1, 5, 0.1))
    terminal.show(progress(2, 6, 0.099))
    assert "\n" not in screen.getvalue()
    terminal.show({"event": "run_ended", "t": 3.0, "status": "done", "reason": "plateau"})
    assert screen.getvalue().endswith("\r\x1b[2K    3.0 s  done: plateau\n")


# --- command line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere"], "There is no task folder 'nowhere'"),
        (["report", "nowhere"], "nowhere is no run"),
    ],
)
def test_a_wrong_folder_is_refused_in_one_line(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_is_no_picture_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = gym_folder(tmp_path / "task", "render1.png")
    (folder / "renders" / "goal" / "render1.png").write_bytes(b"no picture")
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "render1.png: not a picture" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_events_of_something_else_are_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events.jsonl").write_text(json.dumps({"event": "other"}) + "\n", encoding="utf-8")
    assert main(["report", str(tmp_path)]) == 1
    assert "run_started" in capsys.readouterr().err
