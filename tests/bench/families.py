# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What can be wrong with a still life: which numbers a program of each family sets, and by how much they err."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.bench.figures import add_figures, imagine_keys, imagine_modified
from tests.bench.programs import Setting
from tests.bench.sets import SHADER, Still, aim, imagine, pick_color

Recipe = tuple[Still, list[Setting], Callable[[], None] | None]


def _nudged(value: float, rng: Random, low: float, high: float) -> float:
    """A value in [low, high] that is clearly another one."""
    span = high - low
    shift = rng.uniform(0.25, 0.6) * span
    candidates = [one for one in (value - shift, value + shift) if low <= one <= high] or [
        low if value - low > high - value else high
    ]
    return round(rng.choice(candidates), 2)


def _scaled(value: float, rng: Random) -> float:
    return float(f"{value * rng.choice((rng.uniform(0.2, 0.5), rng.uniform(1.8, 4.0), rng.uniform(4.0, 10.0))):.3g}")


def _tint(color: tuple, rng: Random, how_many: int) -> tuple:
    chosen = rng.sample(range(3), how_many)
    return tuple(_nudged(c, rng, 0.03, 1.0) if k in chosen else c for k, c in enumerate(color))


def _lights(still, rng: Random, wrong: int) -> list:
    settings = []
    for number, lamp in enumerate(still.lamps):
        is_wrong = number < wrong
        settings += [
            Setting("lights", lamp.name, "energy", lamp.energy, _scaled(lamp.energy, rng) if is_wrong else lamp.energy),
            Setting(
                "lights",
                lamp.name,
                "color",
                lamp.color,
                _tint(lamp.color, rng, rng.randint(1, 3)) if is_wrong and rng.random() < 0.7 else lamp.color,
            ),
        ]
    return settings


def lighting(rng: Random) -> Recipe:
    still = imagine(rng)
    settings = _lights(still, rng, 3)
    key = rng.choice(still.lamps)
    moved = tuple(_nudged(c, rng, -3.5, 3.5) if k < 2 else c for k, c in enumerate(key.location))
    settings += [
        Setting("objects", one.name, "location", one.location, moved if one is key else one.location)
        for one in still.lamps
    ]
    background = 'node_tree.nodes["Background"].inputs["Strength"].default_value'
    settings.append(
        Setting(
            "worlds", "World", background, still.strength, rng.choice((still.strength, _scaled(still.strength, rng)))
        )
    )
    other = "Standard" if still.view_transform == "AgX" else "AgX"
    settings.append(
        Setting(
            "scenes",
            "Scene",
            "view_settings.view_transform",
            still.view_transform,
            rng.choice((other, still.view_transform, still.view_transform)),
        )
    )
    return still, settings, None


def _places(still, rng: Random, wrong: int) -> list:
    settings = []
    for number, one in enumerate(still.things):
        at, turn, scale = one.location, one.turn, one.scale
        if number < wrong:
            far = rng.uniform(0.35, 1.15)
            angle = rng.uniform(0, math.tau)
            at = (
                round(max(-1.3, min(1.3, at[0] + far * math.cos(angle))), 2),
                round(max(-1.1, min(1.1, at[1] + far * math.sin(angle))), 2),
                at[2],
            )
            if rng.random() < 0.35:
                at = (*at[:2], round(at[2] + rng.uniform(0.2, 0.5), 2))
            if one.kind in ("cube", "monkey") and rng.random() < 0.7:
                turn = (0.0, 0.0, round(turn[2] + rng.choice((-1, 1)) * rng.uniform(0.4, 1.0), 2))
            elif rng.random() < 0.3:
                scale = (*scale[:2], round(scale[2] * rng.choice((0.6, 1.5)), 2))
        settings += [
            Setting("objects", one.name, "location", one.location, at),
            Setting("objects", one.name, "rotation_euler", one.turn, turn),
            Setting("objects", one.name, "scale", one.scale, scale),
        ]
    return settings


def placement(rng: Random) -> Recipe:
    still = imagine(rng, rng.randint(4, 6))
    settings = _places(still, rng, rng.randint(2, min(4, len(still.things))))
    if rng.random() < 0.3:
        hidden = still.things[-1]
        settings.append(Setting("objects", hidden.name, "hide_render", right=False, wrong=True))
    return still, settings, None


def _finishes(still, rng: Random, wrong: int) -> list:
    settings = []
    for number, one in enumerate(still.things):
        color, roughness, metallic = one.color, one.roughness, one.metallic
        if number < wrong:
            color = _tint(color, rng, rng.randint(2, 3))
            roughness = _nudged(roughness, rng, 0.05, 0.95) if rng.random() < 0.6 else roughness
            metallic = 1.0 - metallic if rng.random() < 0.35 else metallic
        settings += [
            Setting("materials", one.name, SHADER.format("Base Color"), one.color, color),
            Setting("materials", one.name, SHADER.format("Roughness"), one.roughness, roughness),
            Setting("materials", one.name, SHADER.format("Metallic"), one.metallic, metallic),
        ]
    return settings


def material(rng: Random) -> Recipe:
    still = imagine(rng, rng.randint(4, 6))
    settings = _finishes(still, rng, rng.randint(2, 4))
    if rng.random() < 0.5:
        ground = pick_color(rng, (0.05, 0.5), (0.2, 0.8))
        settings.append(Setting("materials", "Ground", SHADER.format("Base Color"), still.ground, ground))
    return still, settings, None


def shape_keys(rng: Random) -> Recipe:
    still = imagine(rng, 3)
    figures = imagine_keys(rng)
    still = replace(still, things=[])
    names = [(index, key) for index, figure in enumerate(figures) for key in figure.keys]
    wrong = set(rng.sample(range(len(names)), rng.randint(4, min(10, len(names)))))
    settings = []
    for number, (index, key) in enumerate(names):
        right = round(rng.choice((0.0, rng.uniform(0.1, 1.0), rng.uniform(0.1, 1.0))), 2)
        value = _nudged(right, rng, 0.0, 1.0 if rng.random() < 0.7 else 1.5) if number in wrong else right
        settings.append(
            Setting(
                "shape_keys", "Key" if index == 0 else f"Key.{index:03}", f'key_blocks["{key}"].value', right, value
            )
        )
    return still, settings, lambda: add_figures(figures)


def modifiers(rng: Random) -> Recipe:
    still = imagine(rng, 3)
    things, settings = imagine_modified(rng)
    return replace(still, things=things), settings, None


def _view(still, rng: Random, share: float = 1.0) -> list:
    x, y, z = still.eye
    a = math.radians(share * rng.choice((-1, 1)) * rng.uniform(4, 15))
    far = 1 + share * rng.choice((-1, 1)) * rng.uniform(0.03, 0.18)
    eye = (
        far * (x * math.cos(a) - y * math.sin(a)),
        far * (x * math.sin(a) + y * math.cos(a)),
        z * (1 + share * rng.uniform(-0.35, 0.35)),
    )
    eye = tuple(round(c, 2) for c in eye)
    target = tuple(c + share * rng.uniform(-0.35, 0.35) for c in still.look_at)
    lens = round(still.lens * (1 + share * rng.choice((-1, 1)) * rng.uniform(0.06, 0.2)), 1)
    roll = math.radians(rng.uniform(-5, 5)) if share == 1.0 and rng.random() < 0.5 else 0.0
    return [
        Setting("objects", "Camera1", "location", still.eye, eye),
        Setting("objects", "Camera1", "rotation_euler", aim(still.eye, still.look_at), aim(eye, target, roll)),
        Setting("objects", "Camera1", "data.lens", still.lens, lens),
    ]


def camera(rng: Random) -> Recipe:
    still = imagine(rng, rng.randint(4, 6))
    view = _view(still, rng)
    if rng.random() < 0.3:
        view[2] = replace(view[2], wrong=view[2].right)
    return still, view + _places(still, rng, 0)[: rng.choice((0, 6))], None


def mixed(rng: Random) -> Recipe:
    still = imagine(rng, rng.randint(3, 5))
    settings = (
        _lights(still, rng, rng.randint(1, 2))
        + _places(still, rng, rng.randint(1, 2))
        + _finishes(still, rng, rng.randint(0, 1))
    )
    if rng.random() < 0.4:
        settings += _view(still, rng, 0.3)[2:]
    return still, settings, None


def integral(settings: list, rng: Random) -> list:
    """In every second task, large wrong numbers are written as integers, as a person would type them."""
    if rng.random() < 0.5:
        return settings
    return [
        replace(one, wrong=max(1, round(one.wrong)))
        if isinstance(one.wrong, float) and isinstance(one.right, float) and one.wrong > 3
        else one
        for one in settings
    ]


RECIPES: dict[str, Callable] = {
    "lighting": lighting, "placement": placement, "material": material, "shape_keys": shape_keys,
    "modifiers": modifiers, "camera": camera, "mixed": mixed,
}  # fmt: skip
