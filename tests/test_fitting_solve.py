"""The solver against a toy world: programs that set a dictionary, a graph made from it, pictures painted by numpy."""

import zlib
from typing import Any

import numpy as np
import pytest

from viga_mcp.fitting.literals import find_literals, splice
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import (
    Answer,
    Batch,
    GBuffer,
    Geometry,
    Inspect,
    Inspection,
    Probe,
    Render,
    Shot,
    advance,
)
from viga_mcp.fitting.solve import Fit, Problem, fit

ENUMS = {"kind": ("DISC", "SQUARE", "RING")}
COUNTS = ("copies",)


def execute(source: str) -> dict[str, Any]:
    """Run a toy program; it fails as Blender would on unknown enum items and fractional counts."""
    scene: dict[str, Any] = {}
    exec(source, {"scene": scene})
    for name, thing in scene.items():
        for key, value in thing.items():
            if key in ENUMS and value not in ENUMS[key]:
                raise TypeError(f'enum "{value}" not found in {ENUMS[key]}')
            if key in COUNTS and not isinstance(value, int):
                raise TypeError(f"{name}.{key} expected an int type, not float")
            if key == "limit" and value > 1.5:
                raise ValueError("beyond the limit")
    return scene


def graph_of(scene: dict[str, Any]) -> dict[str, Any]:
    """The scene graph: a camera 10 m above the ground looking down, 10 m wide, parallel."""
    px, py = scene.get("Camera", {}).get("pan", (0, 0))
    objects: dict[str, Any] = {
        "Camera": {
            "type": "CAMERA",
            "location": [px, py, 10],
            "matrix_world": [1, 0, 0, px, 0, 1, 0, py, 0, 0, 1, 10, 0, 0, 0, 1],
            "camera": {"projection": "ORTHO", "ortho_scale": 10.0, "fov_deg": None, "shift": [0, 0]},
        }
    }
    for name, thing in scene.items():
        if "pan" in thing:
            continue
        if "energy" in thing:
            light = {"energy": float(thing["energy"])}
            location = [*map(float, thing.get("at", (0, 0))), 3.0]
            objects[name] = {"type": "LIGHT", "location": location, "matrix_world": [0.0] * 16, "light": light}
        else:
            x, y = thing.get("place", (0, 0))
            r = thing.get("radius", 1.0)
            matrix = [1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, 0, 0, 0, 0, 1]
            objects[name] = {
                "type": "MESH",
                "location": [x, y, 0.0],
                "matrix_world": matrix,
                "bounds": [[x - r, y - r, -r], [x + r, y + r, r]],
                "hide_render": thing.get("hide", False),
                "modifiers": [{"properties": {key: thing[key] for key in ("copies", "kind", "gap") if key in thing}}],
            }
    return {"scene": {"camera": "Camera"}, "objects": objects}


def paint(scene: dict[str, Any], width: int, height: int, hide: tuple[str, ...] = ()) -> Picture:
    """Soft discs, squares and rings over a grey ground, under a light that saturates."""
    pan_x, pan_y = scene.get("Camera", {}).get("pan", (0, 0))
    x = (np.arange(width) + 0.5) / width * 10 - 5 + pan_x
    y = 5 - (np.arange(height) + 0.5) / height * 10 + pan_y
    picture = np.full((height, width, 3), 0.25)
    light = np.array([1.0, 1.0, 1.0])
    for name, thing in scene.items():
        if "pan" in thing:
            continue
        if "at" in thing:  # a lamp that lights what is near it
            px, py = thing["at"]
            near = np.exp(-((x[None, :] - px) ** 2 + (y[:, None] - py) ** 2) / 3)
            picture = picture * (1 + thing["energy"] / 50 * near[..., None])
        elif "energy" in thing:
            light = thing["energy"] / 100 * np.array(thing.get("color", (1, 1, 1)))
        elif name not in hide and not thing.get("hide"):
            if "lift" in thing:  # its shadow
                (px, py), away = thing["place"], thing["lift"]
                far = np.hypot(x[None, :] - px - away, y[:, None] - py + away)
                picture -= picture * (0.6 / (1 + np.exp(np.clip((far - 1) * 12, -50, 50))))[..., None]
            for copy in range(thing.get("copies", 1)):
                (px, py), r = thing.get("place", (0, 0)), thing.get("radius", 1.0)
                dx, dy = x[None, :] - px - thing.get("gap", 1.4) * copy, y[:, None] - py
                match thing.get("kind", "DISC"):
                    case "SQUARE":
                        distance = np.maximum(np.abs(dx), np.abs(dy)) - r
                    case "RING":
                        distance = np.abs(np.hypot(dx, dy) - r) - r / 4
                    case _:
                        distance = np.hypot(dx, dy) - r
                cover = 1 / (1 + np.exp(np.clip(distance * 12, -50, 50)))
                picture += cover[..., None] * (np.array(thing.get("paint", (0.8, 0.2, 0.1))) - picture)
    return (1 - np.exp(-1.5 * picture * light)).astype(np.float32)


def solve(
    start: str, goal: str, max_renders: int = 150, noise: float = 0.0, grain: float = 0.0, **options: Any
) -> tuple[Fit, Picture, list[Batch]]:
    """A fit in the toy world; `noise` is in the target, and `grain` in each picture taken, another in each."""
    target = paint(execute(goal), 96, 96)
    target = np.clip(target + noise * np.random.default_rng(1).normal(size=target.shape), 0, 1).astype(np.float32)
    solver = fit(Problem(start, target, max_renders, **options))
    batches: list[Batch] = []
    step = advance(solver)
    while isinstance(step, Batch):
        batches.append(step)
        step = advance(solver, [answer(start, probe, grain) for probe in step.probes])
    return step, target, batches


def surfaces(scene: dict[str, Any], width: int, height: int) -> GBuffer:
    """Which thing each pixel shows: the last one painted that changes it. Each is flat, of a material of its own."""
    ids = np.zeros((height, width), np.uint16)
    names = tuple(name for name, thing in scene.items() if not {"pan", "energy"} & thing.keys())
    for id, name in enumerate(names, 1):
        shown = {one: thing for one, thing in scene.items() if one in ("Camera", name)}
        bare = {one: {**thing, "hide": True} if one == name else thing for one, thing in shown.items()}
        ids[np.abs(paint(shown, width, height) - paint(bare, width, height)).max(axis=2) > 0.1] = id
    normal = np.zeros((height, width, 3), np.float16)
    normal[..., 2] = 1
    material = ids.astype(np.int16) - 1
    return GBuffer(names, ids, names, material, normal, np.zeros((height, width, 3), np.float32))


def answer(source: str, probe: Probe, grain: float) -> Answer:
    assert not isinstance(probe, Shot)
    try:
        scene = execute(splice(source, dict(enumerate(probe.values))))
    except (TypeError, ValueError) as error:
        return Inspection(None, f"{type(error).__name__}: {error}") if isinstance(probe, Inspect) else None
    if isinstance(probe, Inspect):
        return Inspection(graph_of(scene))
    if isinstance(probe, Geometry):
        return surfaces(scene, probe.width_px, probe.height_px)
    picture = paint(scene, probe.width_px, probe.height_px, probe.hide)
    random = np.random.default_rng(zlib.crc32(repr(probe.values).encode()))
    return np.clip(picture + grain * random.normal(size=picture.shape), 0, 1).astype(np.float32)


def loss(source: str, target: Picture) -> float:
    return float(np.mean((paint(execute(source), 96, 96) - target) ** 2))


def ratio(start: str, goal: str, max_renders: int = 150) -> float:
    result, target, _ = solve(start, goal, max_renders)
    return loss(result.source, target) / loss(start, target)


def test_whole_numbers_that_mean_quantities_are_fitted_as_such():
    program = 'scene["Lamp"] = dict(energy={})\nscene["Ball"] = dict(radius={})\n'
    result, target, _ = solve(program.format(10, 1), program.format(105, 1.75))
    assert loss(result.source, target) < 1e-4 * loss(program.format(10, 1), target)
    assert result.values[0] == pytest.approx(105, rel=0.01)
    assert result.values[1] == pytest.approx(1.75, rel=0.01)


def test_energies_of_very_different_size_are_found_together():
    program = 'scene["Lamp"] = dict(energy={}, color=({}, 1, 1))\nscene["Ball"] = dict(radius={})\n'
    assert ratio(program.format(900, 0.1, 0.8), program.format(60, 0.9, 1.6)) < 1e-3


def test_an_object_far_from_its_goal_is_brought_there():
    program = 'scene["Ball"] = dict(place=({}, {}), radius=0.8)\n'
    program += 'scene["Box"] = dict(place=(0, 3), kind="SQUARE", paint=(0, 0, 1))\n'
    assert ratio(program.format(-3, -3.0), program.format(2.5, 1)) < 1e-3


def test_two_objects_that_changed_places_are_told_apart():
    program = 'scene["A"] = dict(place=({}, {}), paint=(0.9, 0.1, 0.1))\n'
    program += 'scene["B"] = dict(place=({}, {}), paint=(0.1, 0.1, 0.9))\n'
    assert ratio(program.format(-3, 0, 3, 0), program.format(3, 0.5, -3, 1)) < 1e-2


def test_a_lamp_on_the_wrong_side_is_moved_not_only_turned_off():
    program = 'scene["Ball"] = dict(place=(0.0, 0.0), radius=1.5)\n'
    program += 'scene["Spot"] = dict(energy={}, at=({}, {}))\nscene["Sky"] = dict(energy=60)\n'
    start, goal = program.format(200, 3.0, 2.5), program.format(60, -3.0, -2.0)
    result, target, _ = solve(start, goal, 200)
    assert loss(result.source, target) < 1e-2 * loss(start, target)
    assert result.values[3] == pytest.approx(60, rel=0.1)


def test_an_object_goes_to_its_likeness_although_its_shadow_then_falls_wrong():
    """Out of the picture it would look better: no shadow at all is better than one in a wrong place."""
    program = 'scene["Ball"] = dict(place=({}, {}), radius=0.7, lift={}, paint=(0.5, 0.2, 0.15))\n'
    assert ratio(program.format(3.0, 2.5, 1.6), program.format(-2.5, -1.0, 0.4)) < 1e-2


@pytest.mark.parametrize("wrong", [{0: 1.6, 1: -1.1}, {0: 0.7}, {2: -0.5, 3: -3.5}, {4: 0.5, 8: -1.2}])
def test_what_is_wrong_is_moved_be_it_the_camera_or_a_thing(wrong: dict[int, float]):
    """A camera and the things before it can make up for one another, but not with as few numbers."""
    program = 'scene["Camera"] = dict(pan=({}, {}))\n'
    program += 'scene["A"] = dict(place=({}, {}), radius={}, paint=(0.9, 0.1, 0.1))\n'
    program += 'scene["B"] = dict(place=({}, {}), radius={}, paint=(0.1, 0.1, 0.9))\n'
    program += 'scene["C"] = dict(place=({}, {}), radius={}, kind="SQUARE", paint=(0.1, 0.8, 0.2))\n'
    right = (0.0, 0.0, -2.5, 1.5, 0.9, 2.5, 2.0, 0.8, 0.5, -2.0, 1.1)
    start = program.format(*(wrong.get(i, value) for i, value in enumerate(right)))
    result, target, _ = solve(start, program.format(*right), 200)
    assert loss(result.source, target) < 1e-3 * loss(start, target)
    assert {literal.value for literal in find_literals(start) if literal.index in result.values} == set(wrong.values())


def test_an_object_outside_the_picture_is_fetched():
    program = 'scene["Ball"] = dict(place=({}, {}))\n'
    assert ratio(program.format(9, 9), program.format(1.5, -2)) < 1e-2


def test_a_hidden_object_is_shown_and_then_placed():
    program = 'scene["Ball"] = dict(place=({}, 1.0), hide={})\n'
    assert ratio(program.format(0.5, True), program.format(-1, False)) < 1e-2


def test_true_whole_numbers_stay_whole_and_are_found():
    program = 'scene["Row"] = dict(place=({}, 0.0), radius={}, copies={})\n'
    result, target, _ = solve(program.format(-4.5, 0.4, 2), program.format(-4.0, 0.5, 5))
    assert loss(result.source, target) < 1e-2 * loss(program.format(-4.5, 0.4, 2), target)
    assert "copies=5" in result.source


def test_a_wrong_count_is_found_although_wider_gaps_hide_it():
    program = "COUNT, GAP, RISE = {}, {}, {}\nfor k in range(COUNT):\n"
    program += '    scene[f"Dot {{k}}"] = dict(place=(GAP * k - 4, RISE * k - 3), radius=0.45)\n'
    start, goal = program.format(5, 1.8, 1.2), program.format(8, 1.1, 0.8)
    result, target, _ = solve(start, goal)
    assert "COUNT, GAP, RISE = 8," in result.source
    assert loss(result.source, target) < 1e-2 * loss(start, target)


def test_whole_numbers_of_formulas_stay_unless_they_are_named():
    program = 'size = {}\nscene["Ball"] = dict(radius=size / 2, place=(3 * size - 5, 1.0))\n'
    start, goal = program.format(1.0), program.format(1.7)
    assert solve(start, goal)[0].source.splitlines()[1] == start.splitlines()[1]
    divisor = next(literal.index for literal in find_literals(start) if literal.value == 2)
    assert set(solve(start, goal, 40, literals=(divisor,))[0].values) == {divisor}


def test_numbers_that_make_up_for_one_another_are_found_in_noisy_pictures():
    """A row's start and its gaps: each column is steep, and along the valley between them only noise is left."""
    program = "FIRST, GAP, LIFT, RISE = {}, {}, {}, {}\nfor k in range(8, 12):\n"
    program += '    scene[f"Dot {{k}}"] = dict(place=(FIRST + GAP * k, LIFT + RISE * k), radius=0.5)\n'
    start, goal = program.format(-13.0, 1.2, -7.0, 0.8), program.format(-16.2, 1.55, -9.5, 0.95)
    result, target, _ = solve(start, goal, grain=0.002)
    assert loss(result.source, target) < 1e-4 * loss(start, target)


def test_enum_items_are_tried():
    program = 'scene["Thing"] = dict(radius={}, kind="{}")\n'
    result, *_ = solve(program.format(1.2, "DISC"), program.format(2.0, "RING"))
    assert "RING" in result.source


def test_numbers_without_effect_stay_as_written():
    program = 'unused = 3.25  # keep\nlabel = "TITLE"\nscene["Ball"] = dict(place=({}, 0.0))\n'
    result, *_ = solve(program.format(1.0), program.format(1.6))
    assert result.source.startswith('unused = 3.25  # keep\nlabel = "TITLE"\n')


def test_values_that_break_the_program_are_avoided():
    program = 'scene["Ball"] = dict(limit={0}, place=(1.9 * {0}, 0.0))\n'
    assert ratio(program.format(1.4), program.format(0.9)) < 1e-2


def test_a_program_that_fails_at_once_is_returned_with_its_error():
    result, *_ = solve('scene["Ball"] = dict(limit=2.0)\n', 'scene["Ball"] = dict(limit=1.0)\n')
    assert result.renders == 0
    assert "beyond the limit" in result.error


def test_a_start_that_is_right_already_stays():
    program = 'scene["Ball"] = dict(place=(1.0, 2.0))\nscene["Lamp"] = dict(energy=100)\n'
    result, *_ = solve(program, program, noise=0.03)
    assert result.loss <= result.start_loss


@pytest.mark.parametrize("max_renders", [1, 2, 3, 7, 30, 60])
def test_the_budget_is_kept_and_nothing_gets_worse(max_renders: int):
    program = 'scene["Ball"] = dict(place=({}, {}))\nscene["Lamp"] = dict(energy={})\n'
    result, _, batches = solve(program.format(-3, -3, 30), program.format(2, 1, 90), max_renders, noise=0.05)
    asked = sum(not isinstance(probe, Inspect) for batch in batches for probe in batch.probes)
    assert asked == result.renders <= max_renders
    assert result.loss <= result.start_loss


def test_only_the_numbers_that_may_change_do():
    program = 'scene["Ball"] = dict(place=({}, {}))\n'
    result, *_ = solve(program.format(1.0, 1.0), program.format(2.0, 2.0), literals=(1,))
    assert set(result.values) <= {1}


def test_the_same_answers_lead_to_the_same_questions():
    program = 'scene["Ball"] = dict(place=({}, {}))\nscene["Lamp"] = dict(energy={})\n'
    runs = [solve(program.format(-3, -3, 30), program.format(2, 1, 90), 80) for _ in range(2)]
    assert runs[0][0] == runs[1][0]
    assert [b.probes for b in runs[0][2]] == [b.probes for b in runs[1][2]]


def test_a_program_without_numbers_stays_as_it_is():
    program = 'side = (0.5 > 0.4) and "x"\nscene["Ball"] = dict()\n'
    result, *_ = solve(program, 'scene["Ball"] = dict(place=(1.0, 1.0))\n', 40)
    assert result.source == program
    assert result.loss == result.start_loss


def test_progress_tells_renders_and_the_lowest_loss_so_far():
    program = 'scene["Ball"] = dict(place=({}, {}))\n'
    result, _, batches = solve(program.format(-3, -3), program.format(2, 1), 80)
    told = [batch.loss for batch in batches if batch.loss is not None]
    assert told == sorted(told, reverse=True)
    assert [batch.renders for batch in batches] == sorted(batch.renders for batch in batches)
    assert result.history[-1][1] == told[-1] < 0.01 * told[0]


def test_each_number_gets_a_sensitivity():
    program = 'scene["Lamp"] = dict(energy=50)\nscene["Ball"] = dict(place=(1.0, 2.0))\n'
    result, *_ = solve(program, program, 40)
    assert [(one.literal, one.role) for one in result.sensitivities] == [(0, "power"), (1, "place"), (2, "place")]
    assert all(one.change > 0.001 for one in result.sensitivities)


def test_right_numbers_and_kinds_are_left_as_they_were_written():
    """A diff that a person wants to read: what is changed was wrong, although others could mimic it a little."""
    program = (
        'scene["Lamp"] = dict(energy={}, color=(1.0, 0.9, 0.8))\n'
        'scene["Ball"] = dict(place=({}, 1.0), radius=0.9, kind="DISC", paint=(0.8, 0.2, 0.1))\n'
        'scene["Box"] = dict(place=(-2.0, -2.0), radius=1.1, kind="SQUARE", paint=(0.1, 0.3, 0.7))\n'
    )
    start = program.format(40, 0.5)
    result, target, _ = solve(start, program.format(110, 1.6), noise=0.01)
    names = {literal.name for literal in find_literals(start) if literal.index in result.values}
    assert len(names) <= 3, names
    assert not any(isinstance(value, str) for value in result.values.values())
    assert loss(result.source, target) < 1.2 * loss(program.format(110, 1.6), target)


def test_settings_of_shapes_are_rehearsed_before_pictures_are_spent_on_them():
    program = 'scene["Row"] = dict(copies=3, gap={})\n'
    result, target, batches = solve(program.format(0.5), program.format(1.9))
    assert loss(result.source, target) < 1e-2 * loss(program.format(0.5), target)
    asked = [probe for batch in batches for probe in batch.probes if isinstance(probe, Render | Geometry)]
    foretold = [isinstance(probe, Geometry) for probe in asked]
    rehearsal = slice(foretold.index(True), len(foretold) - foretold[::-1].index(True))
    assert sum(foretold[rehearsal]) > 3 * foretold[rehearsal].count(False)
    assert rehearsal.start < 4


def test_what_is_nearly_right_is_not_rehearsed():
    """Nor is a G-buffer paid for to find that out."""
    program = 'scene["Lamp"] = dict(energy={})\nscene["Row"] = dict(copies=3, gap={} + 0.4)\n'
    result, target, batches = solve(program.format(20, 1.0), program.format(100, 1.05))
    assert loss(result.source, target) < 1e-3 * loss(program.format(20, 1.0), target)
    assert not any(isinstance(probe, Geometry) for batch in batches for probe in batch.probes)


def test_things_are_placed_by_real_pictures():
    """A shadow can't be foretold."""
    program = 'scene["Ball"] = dict(place=({}, {}), radius=0.7, paint=(0.5, 0.2, 0.15))\n'
    _, _, batches = solve(program.format(3.0, 2.5), program.format(-2.5, -1.0))
    assert not any(isinstance(probe, Geometry) for batch in batches for probe in batch.probes)
