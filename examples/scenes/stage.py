"""What the example scenes are made of: turned and boxed shapes, tubes, palettes, soft lights, a camera."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import bpy
from mathutils import Vector

Point = tuple[float, float, float]


def clear(
    *, world: str = "#8fa3b5", strength: float = 0.35, look: str = "None", exposure: float = 0.0
) -> bpy.types.Scene:
    """An empty scene of 512 px Cycles pictures, 96 samples, no denoiser, without the user's settings."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    files = bpy.context.preferences.filepaths
    files.file_preview_type, files.save_version = "NONE", 0
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = 512
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.cycles.samples = 96
    scene.render.dither_intensity = 0.0
    scene.cycles.use_denoising = False
    scene.cycles.caustics_reflective = False
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.sample_clamp_indirect = 4.0
    scene.cycles.max_bounces = 8
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = look
    scene.view_settings.exposure = exposure
    sky = scene.world = bpy.data.worlds.new("World")
    if sky.node_tree is None:
        sky.use_nodes = True
    background = sky.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = linear(world)
    background.inputs["Strength"].default_value = strength
    return scene


def linear(hex_color: str) -> tuple[float, float, float, float]:
    """Scene-linear RGBA of an sRGB `#rrggbb`."""
    channels = (int(hex_color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue, 1.0


def material(
    name: str, color: str, roughness: float = 0.5, metallic: float = 0.0, **inputs: float
) -> bpy.types.Material:
    """A Principled material; `inputs` name sockets with underscores for blanks (`Coat_Weight=0.5`)."""
    made = bpy.data.materials.new(name)
    if made.node_tree is None:
        made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = linear(color)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    for socket, value in inputs.items():
        shader.inputs[socket.replace("_", " ")].default_value = value
    return made


def wood(name: str, light: str, dark: str, scale: float = 1.2, roughness: float = 0.45) -> bpy.types.Material:
    """Long soft grain along the object's x axis."""
    made = material(name, light, roughness)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    coordinates, mapping = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = (scale * 0.35, scale * 5.0, scale * 5.0)
    noise, ramp = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeValToRGB")
    noise.inputs["Scale"].default_value = 1.6
    noise.inputs["Detail"].default_value = 3.0
    noise.inputs["Distortion"].default_value = 0.6
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.36, 0.66
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = linear(dark), linear(light)
    links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    links.new(mapping.outputs["Vector"], noise.inputs["Vector"])
    links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    return made


def shape(
    name: str, vertices: Sequence[Sequence[float]], faces: Sequence[Sequence[int]], *materials: bpy.types.Material
) -> bpy.types.Object:
    """A smooth-shaded mesh object at the origin."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(v) for v in vertices], [], [tuple(f) for f in faces])
    for made in materials:
        mesh.materials.append(made)
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    return link(name, mesh)


def link(
    name: str, data: bpy.types.ID | None, parent: bpy.types.Object | None = None, at: Point = (0, 0, 0)
) -> bpy.types.Object:
    made = bpy.data.objects.new(name, data)
    made.location = at
    made.parent = parent
    bpy.context.scene.collection.objects.link(made)
    return made


def subdivided(made: bpy.types.Object, levels: int = 2) -> bpy.types.Object:
    modifier = made.modifiers.new("Subdivision", "SUBSURF")
    modifier.levels = modifier.render_levels = levels
    return made


def ring_faces(rings: int, sides: int, *, cap: bool) -> list[tuple[int, ...]]:
    """Quads between successive rings of `sides` vertices; with `cap`, a polygon closes each end."""
    faces: list[tuple[int, ...]] = [
        (r * sides + s, r * sides + (s + 1) % sides, (r + 1) * sides + (s + 1) % sides, (r + 1) * sides + s)
        for r in range(rings - 1)
        for s in range(sides)
    ]
    if cap:
        faces += [tuple(reversed(range(sides))), tuple(range((rings - 1) * sides, rings * sides))]
    return faces


def turned(
    name: str,
    profile: str | Iterable[tuple[float, float]],
    made_of: bpy.types.Material,
    sides: int = 24,
    levels: int = 2,
) -> bpy.types.Object:
    """A vessel turned on a lathe.

    Args:
        profile: (radius, height) from the bottom up, then down inside if it is hollow; as text, `radius,height` pairs.
        sides: Sides of a ring before subdivision, `levels` times.
    """
    points = [_pair(text) for text in profile.split()] if isinstance(profile, str) else list(profile)
    rings = [
        (radius * math.cos(math.tau * s / sides), radius * math.sin(math.tau * s / sides), height)
        for radius, height in points
        for s in range(sides)
    ]
    return subdivided(shape(name, rings, ring_faces(len(points), sides, cap=True), made_of), levels)


def _pair(text: str) -> tuple[float, float]:
    radius, height = map(float, text.split(","))
    return radius, height


def ball(
    name: str, radius: float, made_of: bpy.types.Material, squash: float = 1.0, sides: int = 16
) -> bpy.types.Object:
    """A ball on the ground: its lowest point is the origin."""
    steps = [math.pi * (k + 0.35) / 8.7 for k in range(9)]
    profile = [(radius * math.sin(a), radius * squash * (1 - math.cos(a))) for a in steps]
    return turned(name, profile, made_of, sides, 1)


def box(
    name: str, size: Point, made_of: bpy.types.Material, bevel: float = 0.02, at: Point = (0, 0, 0)
) -> bpy.types.Object:
    """A box with rounded edges that stands on its origin."""
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    corners = [(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0), (-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    made = shape(name, corners, faces, made_of)
    made.location = at
    modifier = made.modifiers.new("Bevel", "BEVEL")
    modifier.width, modifier.segments, modifier.harden_normals = bevel, 4, True
    return made


def tube(
    name: str, path: Sequence[Point], radius: float, made_of: bpy.types.Material, closed: bool = False
) -> bpy.types.Object:
    """A round rod along a smooth curve through `path`."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.resolution_u = "3D", radius, 5, 10
    curve.use_fill_caps = True
    spline = curve.splines.new("BEZIER")
    spline.bezier_points.add(len(path) - 1)
    for knot, place in zip(spline.bezier_points, path, strict=True):
        knot.co, knot.handle_left_type, knot.handle_right_type = place, "AUTO", "AUTO"
    spline.use_cyclic_u = closed
    curve.materials.append(made_of)
    return link(name, curve)


def sweep(
    made_of: bpy.types.Material, back: float = 3.0, width: float = 14.0, height: float = 7.0, bend: float = 1.6
) -> bpy.types.Object:
    """A photographer's backdrop: floor, rounded corner, wall behind at y = `back`."""
    arc = [(back - bend + bend * math.sin(a), bend - bend * math.cos(a)) for a in (k * math.pi / 16 for k in range(9))]
    line = [(-8.0, 0.0), *arc, (back, height)]
    return shape(
        "Backdrop",
        [(s * width / 2, y, z) for y, z in line for s in (-1, 1)],
        [(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(len(line) - 1)],
        made_of,
    )


def aim(made: bpy.types.Object, at: Point, target: Point) -> bpy.types.Object:
    """Put an object at a place, its -z axis at the target."""
    made.location = at
    made.rotation_euler = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    return made


def area_light(
    name: str, at: Point, target: Point, size: float, energy: float, color: str = "#ffffff"
) -> bpy.types.Object:
    lamp = bpy.data.lights.new(name, "AREA")
    lamp.size, lamp.energy, lamp.color = size, energy, linear(color)[:3]
    return aim(link(name, lamp), at, target)


def camera(
    at: Point, target: Point, lens: float = 50.0, *, focus: float | None = None, f_stop: float = 4.0
) -> bpy.types.Object:
    """`Camera1`; with `focus` (metres) things nearer and farther than that blur."""
    eye = bpy.data.cameras.new("Camera1")
    eye.lens, eye.clip_end = lens, 100.0
    if focus is not None:
        eye.dof.use_dof, eye.dof.focus_distance, eye.dof.aperture_fstop = True, focus, f_stop
    made = aim(link("Camera1", eye), at, target)
    bpy.context.scene.camera = made
    return made
