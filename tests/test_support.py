"""Pure decisions of the checks: what holds what, what is closed, what jumps, what is told."""

import numpy as np
import pytest

from viga_mcp import findings, motions, support, surfaces

CUBE = np.array(
    [
        [(x, y, z) for x, y, z in corners]
        for corners in [
            ((0, 0, 0), (0, 1, 0), (1, 1, 0)), ((0, 0, 0), (1, 1, 0), (1, 0, 0)),
            ((0, 0, 1), (1, 0, 1), (1, 1, 1)), ((0, 0, 1), (1, 1, 1), (0, 1, 1)),
            ((0, 0, 0), (1, 0, 0), (1, 0, 1)), ((0, 0, 0), (1, 0, 1), (0, 0, 1)),
            ((0, 1, 0), (0, 1, 1), (1, 1, 1)), ((0, 1, 0), (1, 1, 1), (1, 1, 0)),
            ((0, 0, 0), (0, 0, 1), (0, 1, 1)), ((0, 0, 0), (0, 1, 1), (0, 1, 0)),
            ((1, 0, 0), (1, 1, 0), (1, 1, 1)), ((1, 0, 0), (1, 1, 1), (1, 0, 1)),
        ]
    ],
    np.float32,
)  # fmt: skip


def test_groups_hang_together_by_any_chain_of_contacts() -> None:
    contacts = [("b", "a"), ("c", "b"), ("e", "d")]
    assert support.groups("abcdef", contacts) == [["a", "b", "c"], ["d", "e"], ["f"]]


def test_what_reaches_an_anchor_by_a_chain_is_supported() -> None:
    contacts = [("floor", "table"), ("table", "cup"), ("lamp", "cord")]
    names = ["floor", "table", "cup", "lamp", "cord", "bird"]
    assert support.unsupported(names, contacts, {"floor"}) == [["lamp", "cord"], ["bird"]]
    assert support.unsupported(names, [*contacts, ("cord", "floor")], {"floor"}) == [["bird"]]


def test_parts_have_the_thing_at_the_top_as_root() -> None:
    assert support.roots({"a": None, "b": "a", "c": "b", "d": None}) == {"a": "a", "b": "a", "c": "a", "d": "d"}


@pytest.mark.parametrize("name", ["Tread 12", "Tread.003", "tread_2", "Tread-1.2", "Tread A"])
def test_copies_have_the_same_stem(name: str) -> None:
    assert support.stem(name) == "tread"


@pytest.mark.parametrize(("name", "stem"), [("Lamp foot", "lamp foot"), ("12", "12"), ("A", "a"), ("NASA", "nasa")])
def test_other_names_keep_theirs(name: str, stem: str) -> None:
    assert support.stem(name) == stem


def test_a_cube_is_closed_and_looks_outwards() -> None:
    surface = surfaces.Surface(CUBE)
    assert surface.is_closed
    assert [int(shell.flipped.sum()) for shell in surface.shells] == [0]


@pytest.mark.parametrize("turned", [{0}, {1, 4, 7}, set(range(5)), set(range(12))])
def test_each_triangle_that_is_turned_is_found_even_when_most_are(turned: set[int]) -> None:
    triangles = CUBE.copy()
    for row in turned:
        triangles[row] = triangles[row, ::-1]
    (shell,) = surfaces.Surface(triangles).shells
    assert set(shell.triangles[shell.flipped].tolist()) == turned


def test_order_and_place_of_triangles_do_not_count() -> None:
    rng = np.random.default_rng(0)
    triangles = rng.permutation(np.concatenate([CUBE, CUBE[:, ::-1] + 5])) + 300
    shells = surfaces.Surface(triangles.astype(np.float32)).shells
    assert sorted(int(shell.flipped.sum()) for shell in shells) == [0, 12]


def test_an_open_box_is_not_closed_and_has_no_inside() -> None:
    surface = surfaces.Surface(CUBE[1:])
    assert not surface.is_closed
    assert surface.shells == []


def test_two_cubes_that_share_an_edge_are_closed_but_not_judged() -> None:
    surface = surfaces.Surface(np.concatenate([CUBE, CUBE + np.array([1, 1, 0], np.float32)]))
    assert surface.is_closed
    assert surface.shells == []


def test_a_sheet_with_two_sides_has_no_inside() -> None:
    surface = surfaces.Surface(np.concatenate([CUBE[:2], CUBE[:2, ::-1]]))
    assert surface.is_closed
    assert surface.shells == []


def test_triangles_without_area_do_not_open_a_surface() -> None:
    needle = np.array([[(0, 0, 0), (0, 0, 0), (1, 1, 0)]], np.float32)
    assert surfaces.Surface(np.concatenate([CUBE, needle])).is_closed
    assert not surfaces.Surface(needle).is_closed


def test_areas_and_normals_are_those_of_a_unit_cube() -> None:
    assert surfaces.areas(CUBE) == pytest.approx(np.full(12, 0.5))
    outwards = ((CUBE.mean(1) - 0.5) * surfaces.normals(CUBE)).sum(1)
    assert (outwards > 0.4).all()


def line(*steps: float) -> np.ndarray:
    """(n, 3) places along x."""
    return np.array([(x, 0.0, 0.0) for x in np.cumsum([0.0, *steps])])


FRAMES = range(1, 32)


@pytest.mark.parametrize(
    "steps",
    [
        [0.1] * 30,
        [0.0] * 10 + [0.5] * 10 + [0.0] * 10,
        [0.01] * 10 + [1.0] * 10 + [0.01] * 10,
        [0.01] * 13 + [1.0] * 3 + [0.01] * 14,
        [2.0 * (i % 5 == 0) for i in range(30)],
        list(0.2 * np.sin(np.linspace(0, np.pi, 30)) ** 4),
        list(0.01 * np.arange(30)),
        [0.0] * 15 + [0.9] + [0.0] * 14,
    ],
    ids=["even", "start and stop", "dash", "short dash", "chess", "ease", "fall", "less than its size"],
)
def test_a_motion_is_no_jump(steps: list[float]) -> None:
    assert motions.jumps(line(*steps), FRAMES, size=1.0) == []


@pytest.mark.parametrize("rest", [0.0, 0.01, 0.1])
def test_a_step_that_stands_out_is_a_jump(rest: float) -> None:
    (jump,) = motions.jumps(line(*[rest] * 15, 3.0, *[rest] * 14), FRAMES, size=1.0)
    assert (jump.frame, jump.distance) == (17, pytest.approx(3))
    assert jump.times == (pytest.approx(3 / rest) if rest else None)


def test_there_and_back_are_two_jumps() -> None:
    found = motions.jumps(line(*[0.1] * 14, 3.0, -3.0, *[0.1] * 14), FRAMES, size=1.0)
    assert [jump.frame for jump in found] == [16, 17]


def test_what_is_hidden_does_not_jump() -> None:
    positions = line(*[0.1] * 15, 3.0, *[0.1] * 14)
    positions[14:16] = np.nan
    assert motions.jumps(positions, FRAMES, size=1.0) == []


def test_the_longest_rest_is_told_by_its_frames() -> None:
    assert motions.longest_rest([True, False, False, True, False], [1, 3, 5, 7, 9, 11]) == (3, 7)
    assert motions.longest_rest([False, False], [1, 2, 3]) == (1, 3)
    assert motions.longest_rest([True, True], [1, 2, 3]) == (1, 1)


@pytest.mark.parametrize(("last", "count"), [(5, 24), (24, 24), (25, 24), (250, 24), (1_000_000, 250)])
def test_frames_are_spread_from_the_first_to_the_last(last: int, count: int) -> None:
    frames = motions.spread_evenly(1, last, count)
    assert (frames[0], frames[-1], len(frames)) == (1, last, min(last, count))
    assert frames == sorted(set(frames))


def finding(kind: str, value: float, limit: float | None = None) -> findings.Finding:
    return findings.Finding(kind, ["a"], "A fact.", "measure", value, "m", limit)


def test_findings_come_by_kind_and_then_by_how_far_beyond_the_limit() -> None:
    found = [
        finding("unused_slot", 9),
        finding("floating", 1, 0.5),
        finding("not_finite", 1),
        finding("floating", 0.4, 0.1),
    ]
    assert [(one.kind, one.value) for one in findings.in_order(found)] == [
        ("not_finite", 1), ("floating", 0.4), ("floating", 1), ("unused_slot", 9),
    ]  # fmt: skip


def test_a_flood_of_a_kind_is_cut_and_counted() -> None:
    found = [finding("floating", i).as_dict() for i in range(5)] + [finding("static", 1).as_dict()]
    kept, left_out = findings.first_of_each(found, 3)
    assert [one["kind"] for one in kept] == ["floating"] * 3 + ["static"]
    assert left_out == {"floating": 2}


@pytest.mark.parametrize(
    ("metres", "text"), [(0.0123456, "0.0123 m"), (1234.5, "1230 m"), (0, "0 m"), (2e-5, "2.0e-05 m"), (-0.5, "-0.5 m")]
)
def test_lengths_are_told_to_three_digits(metres: float, text: str) -> None:
    assert findings.length(metres) == text


def test_long_lists_of_names_are_cut() -> None:
    assert findings.few(["a", "b"]) == "'a', 'b'"
    assert findings.few(list("abcdef")) == "'a', 'b', 'c', 'd' and 2 more"
