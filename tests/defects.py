"""Defects to put into the clean room, and what the checks must say of each."""

from typing import NamedTuple


class Fact(NamedTuple):
    """An expected finding; `objects` in any order."""

    kind: str
    objects: set[str]
    value: float
    tolerance: float = 0.0
    frame: int | None = None


START = "from math import *\nobjects, scene = bpy.data.objects, bpy.context.scene\n"

HIDES_FIRST = (
    "{0}.hide_render = True; {0}.keyframe_insert('hide_render', frame=1)\n"
    "{0}.hide_render = False; {0}.keyframe_insert('hide_render', frame=5); scene.frame_set(1)"
)

DEFECTS: dict[str, tuple[str, list[Fact]]] = {
    # support
    "a crate above its pile": ("objects['Crate 3'].location.z += 0.15", [Fact("floating", {"Crate 3"}, 0.15, 0.002)]),
    "a cup above the table": ("objects['Cup'].location.z += 0.05", [Fact("floating", {"Cup"}, 0.05, 0.002)]),
    "a picture off the wall": ("objects['Picture'].location.y -= 0.3", [Fact("floating", {"Picture"}, 1.3, 0.01)]),
    "a cord that does not reach the ceiling": (
        "for name in ('Cord', 'Shade'): objects[name].location.z -= 0.2",
        [Fact("floating", {"Cord", "Shade"}, 0.59, 0.01)],
    ),
    "an instance above the floor": ("objects['Stool 1'].location.z = 0.3", [Fact("floating", {"Stool 1"}, 0.3, 0.002)]),
    "a mesh that a modifier lifts": (
        "m = objects['Fence'].modifiers.new('Lift', 'DISPLACE'); m.direction, m.strength, m.mid_level = 'Z', 0.25, 0",
        [Fact("floating", {"Fence"}, 0.25, 0.002)],
    ),
    "a text above the floor": ("objects['Words'].location.z += 0.4", [Fact("floating", {"Words"}, 0.4, 0.02)]),
    "a crate beyond the edge of the floor": (
        "objects['Crate 3'].location = (9, 0, 0.5)",
        [Fact("floating", {"Crate 3"}, 0.5, 0.002)],
    ),
    "a ball sunk into the floor": ("objects['Ball'].location.z -= 0.1", [Fact("under_ground", {"Ball"}, 0.1, 0.005)]),
    "a pile sunk into the floor": (
        "for n in (1, 2, 3): objects[f'Crate {n}'].location.z -= 0.2",
        [Fact("under_ground", {"Crate 1"}, 0.2, 0.005)],
    ),
    "an instance wholly below the floor": (
        "objects['Stool 1'].location.z = -0.8",
        [Fact("under_ground", {"Stool 1"}, 0.8, 0.01)],
    ),
    "a text sunk into the floor": ("objects['Words'].location.z -= 0.15", [Fact("under_ground", {"Words"}, 0.15, 0.02)]),
    # penetration
    "a crate sunk into a crate": (
        "for n in (2, 3): objects[f'Crate {n}'].location.z -= 0.1",
        [Fact("penetration", {"Crate 1", "Crate 2"}, 0.1, 0.01)],
    ),
    "a ball half in a crate": (
        "objects['Crate 1'].rotation_euler.z = 0; ball('New', (1.95, 1.5, 0.25), 0.2)",
        [Fact("penetration", {"Crate 1", "New"}, 0.2, 0.02)],
    ),
    "an instance in a crate": (
        "objects['Stool 1'].location = (2.2, 1.5, 0)",
        [Fact("penetration", {"Crate 1", "Stool 1"}, 0.2, 0.08)],
    ),
    "a pole through a crate": (
        "objects['Crate 1'].rotation_euler.z = 0; p = can('Pole', (2.2, 1.5, 0.25), 0.05, 2); p.rotation_euler.y = pi / 2",
        [Fact("penetration", {"Crate 1", "Pole"}, 0.25, 0.07)],
    ),
    "a ball in a ball that a modifier blows up": (
        "ball('New', (-1, 2, 0.2), 0.2); b = ball('Other', (-0.6, 2, 0.2), 0.1)\n"
        "m = b.modifiers.new('Blow', 'DISPLACE'); m.strength, m.mid_level = 0.2, 0\nb.location.z = 0.3",
        [Fact("penetration", {"New", "Other"}, 0.0916, 0.015)],
    ),
    # geometry
    "a corner that is not a number": (
        "objects['Cup'].data.vertices[0].co.x = nan",
        [Fact("not_finite", {"Cup"}, 5, 5)],
    ),
    "a place that is not a number": ("objects['Cup'].location.x = nan", [Fact("not_finite", {"Cup"}, 1, 11)]),
    "an infinite scale": ("objects['Cup'].scale.z = inf", [Fact("not_finite", {"Cup"}, 1, 11)]),
    "a mesh without vertices": ("objects['Cup'].data.clear_geometry()", [Fact("no_vertices", {"Cup"}, 0)]),
    "a mesh that a modifier leaves empty": (
        "m = objects['Cup'].modifiers.new('Hide', 'MASK'); m.vertex_group = objects['Cup'].vertex_groups.new(name='None').name",
        [Fact("no_vertices", {"Cup"}, 0)],
    ),
    "a new object with an empty mesh": ("add('New', bpy.data.meshes.new('New'))", [Fact("no_vertices", {"New"}, 0)]),
    "a mesh of points": (
        "d = bpy.data.meshes.new('New'); d.from_pydata([(0, 0, 1), (1, 0, 1)], [], []); add('New', d)",
        [Fact("no_faces", {"New"}, 0)],
    ),
    "a mesh of edges": (
        "d = bpy.data.meshes.new('New'); d.from_pydata([(0, 0, 1), (1, 0, 1)], [(0, 1)], []); add('New', d)",
        [Fact("no_faces", {"New"}, 0)],
    ),
    "a text without a word": ("objects['Words'].data.body = ' '", [Fact("no_faces", {"Words"}, 0)]),
    "all corners at a point": (
        "for v in objects['Cup'].data.vertices: v.co = (0, 0, 0)",
        [Fact("no_area", {"Cup"}, 92, 0)],
    ),
    "all corners on a line": (
        "for v in objects['Cup'].data.vertices: v.co.x = v.co.y = 0",
        [Fact("no_area", {"Cup"}, 92, 0)],
    ),
    "a mesh of one face without area": (
        "d = bpy.data.meshes.new('New'); d.from_pydata([(0, 0, 1), (1, 0, 1), (2, 0, 1)], [], [(0, 1, 2)]); add('New', d)",
        [Fact("no_area", {"New"}, 1)],
    ),
    "a height of nothing": ("objects['Crate 3'].scale.z = 0", [Fact("flattened", {"Crate 3"}, 1)]),
    "a scale of nothing": ("objects['Crate 3'].scale = (0, 0, 0)", [Fact("flattened", {"Crate 3"}, 3)]),
    "a parent flat as a sheet": (
        "e = add('Holder', None, (2.2, 1.5, 0.9)); e.scale.x = 0\nobjects['Crate 3'].parent = e; objects['Crate 3'].location = (0, 0, 0)",
        [Fact("flattened", {"Crate 3"}, 1, 1)],
    ),
    # scale
    "a cup in another unit": (
        "objects['Cup'].scale = [0.001] * 3; objects['Cup'].location.z = 0.76005",
        [Fact("outlier", {"Cup"}, 0.0002, 0.0001)],
    ),
    "a crumb": ("ball('Crumb', (0, 0, 0.76 + 2e-4), 2e-4)", [Fact("outlier", {"Crumb"}, 0.0011, 0.0003)]),
    "a tower": (
        "objects['Floor'].scale = (40, 40, 1); box('Tower', (90, 90, 0), (60, 60, 60))",
        [Fact("outlier", {"Tower"}, 160, 40)],
    ),
    "a mirrored book": ("objects['Book'].scale.x = -1", [Fact("mirrored", {"Book"}, 1)]),
    "a fence turned inside out": (
        "objects['Fence'].scale = (-1, -1, -1); objects['Fence'].location.z = 0.8",
        [Fact("mirrored", {"Fence"}, 1)],
    ),
    "a mirrored instance": ("objects['Stool 1'].scale.y = -1", [Fact("mirrored", {"Stool 1"}, 1)]),
    "a sheared crate": (
        "e = add('Holder', None, (2.2, 1.5, 0.9)); e.scale.x = 1.3\nc = objects['Crate 3']; c.parent = e; c.location = (0, 0, 0)",
        [Fact("sheared", {"Crate 3"}, 14, 2)],
    ),
    "a sheared book": (
        "e = add('Holder', None, (0.35, -0.2, 0.76)); e.scale.y = 0.8\nc = objects['Book']; c.parent = e; c.location = (0, 0, 0)",
        [Fact("sheared", {"Book"}, 9, 2)],
    ),
    "a sheared plate": (
        "e = add('Holder', None, (-0.2, -0.1, 0.77)); e.scale.x = 0.9\nc = objects['Plate']; c.parent = e; c.location = (0, 0, 0); c.rotation_euler.z = 0.5",
        [Fact("sheared", {"Plate"}, 5.1, 0.3)],
    ),
    # normals
    "a crate with all faces inwards": ("objects['Crate 3'].data.flip_normals()", [Fact("inward_faces", {"Crate 3"}, 12)]),
    "a cup with one face inwards": (
        "objects['Cup'].data.polygons[0].flip(); objects['Cup'].data.update()",
        [Fact("inward_faces", {"Cup"}, 2, 1)],
    ),
    "one of two joined parts with faces inwards": (
        "b = bmesh.new(); b.from_mesh(objects['Crate 3'].data)\n"
        "n = bmesh.ops.create_cube(b, size=0.1, matrix=__import__('mathutils').Matrix.Translation((0, 0, 0.35)))\n"
        "bmesh.ops.reverse_faces(b, faces=list({f for v in n['verts'] for f in v.link_faces})); b.to_mesh(objects['Crate 3'].data)",
        [Fact("inward_faces", {"Crate 3"}, 12)],
    ),
    "a fence whose modifier turns it": (
        "m = objects['Fence'].modifiers.new('Flip', 'NODES'); g = m.node_group = bpy.data.node_groups.new('Flip', 'GeometryNodeTree')\n"
        "g.interface.new_socket('Geometry', in_out='INPUT', socket_type='NodeSocketGeometry')\n"
        "g.interface.new_socket('Geometry', in_out='OUTPUT', socket_type='NodeSocketGeometry')\n"
        "a, f, z = [g.nodes.new(n) for n in ('NodeGroupInput', 'GeometryNodeFlipFaces', 'NodeGroupOutput')]\n"
        "g.links.new(a.outputs[0], f.inputs[0]); g.links.new(f.outputs[0], z.inputs[0])",
        [Fact("inward_faces", {"Fence"}, 352, 60)],
    ),
    # materials
    "a cup without a material": ("objects['Cup'].data.materials.clear()", [Fact("no_material", {"Cup"}, 1)]),
    "a cup with an empty slot alone": (
        "objects['Cup'].material_slots[0].material = None",
        [Fact("no_material", {"Cup"}, 1)],
    ),
    "a text and a cord without material": (
        "objects['Words'].data.materials.clear(); objects['Cord'].data.materials.clear()",
        [Fact("no_material", {"Words", "Cord"}, 2)],
    ),
    "faces on an empty slot": (
        "d = objects['Cup'].data; d.materials.append(None); d.polygons[0].material_index = d.polygons[3].material_index = 1",
        [Fact("empty_slot", {"Cup"}, 2)],
    ),
    "a first slot that is empty": (
        "d = objects['Book'].data; d.materials.clear(); d.materials.append(None); d.materials.append(paint); d.polygons[0].material_index = 1",
        [Fact("empty_slot", {"Book"}, 5)],
    ),
    "a face that a modifier repeats on an empty slot": (
        "f = objects['Fence']; f.modifiers.remove(f.modifiers['Bevel']); f.data.materials.append(None); f.data.polygons[0].material_index = 1",
        [Fact("empty_slot", {"Fence"}, 8)],
    ),
    "a face on a slot that is not there": (
        "objects['Cup'].data.polygons[0].material_index = 3",
        [Fact("missing_slot", {"Cup"}, 1)],
    ),
    "all faces on slots that are not there": (
        "for p in objects['Book'].data.polygons: p.material_index = p.index + 1",
        [Fact("missing_slot", {"Book"}, 6), Fact("unused_slot", {"Book"}, 1)],
    ),
    "a slot too few": (
        "d = objects['Cup'].data; d.materials.append(paint); d.polygons[0].material_index = 1; d.polygons[1].material_index = 2",
        [Fact("missing_slot", {"Cup"}, 1)],
    ),
    "a material on no face": ("objects['Cup'].data.materials.append(paint)", [Fact("unused_slot", {"Cup"}, 1)]),
    "two materials on no face": (
        "for _ in 'ab': objects['Fence'].data.materials.append(paint)",
        [Fact("unused_slot", {"Fence"}, 2)],
    ),
    "a first material on no face": (
        "d = objects['Cup'].data; d.materials.append(paint)\nfor p in d.polygons: p.material_index = 1",
        [Fact("unused_slot", {"Cup"}, 1)],
    ),
    # light
    "a lamp without energy": ("objects['Bulb'].data.energy = 0", [Fact("dark_lamp", {"Bulb"}, 0)]),
    "a black lamp": ("objects['Bulb'].data.color = (0, 0, 0)", [Fact("dark_lamp", {"Bulb"}, 100)]),
    "a lamp that takes light away": ("objects['Bulb'].data.energy = -5", [Fact("dark_lamp", {"Bulb"}, -5)]),
    "a hidden lamp": ("objects['Fill'].hide_render = True", [Fact("hidden_lamp", {"Fill"}, 50)]),
    "a lamp in a hidden collection": (
        "c = bpy.data.collections.new('Off'); scene.collection.children.link(c); c.hide_render = True\n"
        "c.objects.link(objects['Fill']); scene.collection.objects.unlink(objects['Fill'])",
        [Fact("hidden_lamp", {"Fill"}, 50)],
    ),
    "a lamp in an excluded collection": (
        "c = bpy.data.collections.new('Off'); scene.collection.children.link(c)\n"
        "c.objects.link(objects['Fill']); scene.collection.objects.unlink(objects['Fill'])\n"
        "bpy.context.view_layer.layer_collection.children['Off'].exclude = True",
        [Fact("hidden_lamp", {"Fill"}, 50)],
    ),
    "a lamp in a ball": ("objects['Bulb'].location.z = 1.7", [Fact("enclosed_lamp", {"Bulb", "Shade"}, 1)]),
    "a lamp in a crate": ("objects['Fill'].location = (2.2, 1.5, 0.2)", [Fact("enclosed_lamp", {"Fill", "Crate 1"}, 1)]),
    "a lamp in an instance": ("objects['Fill'].location = (0.5, -1.5, 0.2)", [Fact("enclosed_lamp", {"Fill", "Stool 1"}, 1)]),
    "no lamp": ("for n in ('Bulb', 'Fill'): bpy.data.objects.remove(objects[n])", [Fact("no_light", set(), 0)]),
    "all lamps dark": (
        "for n in ('Bulb', 'Fill'): objects[n].data.energy = 0",
        [Fact("no_light", {"Bulb", "Fill"}, 0), Fact("dark_lamp", {"Bulb"}, 0), Fact("dark_lamp", {"Fill"}, 0)],
    ),
    "all lamps hidden": (
        "for n in ('Bulb', 'Fill'): objects[n].hide_render = True",
        [Fact("no_light", {"Bulb", "Fill"}, 0), Fact("hidden_lamp", {"Bulb"}, 100), Fact("hidden_lamp", {"Fill"}, 50)],
    ),
    # presence
    "an object in no collection": (
        "bpy.data.objects.new('Lost', objects['Cup'].data).use_fake_user = True",
        [Fact("not_in_scene", {"Lost"}, 1)],
    ),
    "an object taken out of the scene": (
        "o = objects['Plate']; o.use_fake_user = True; scene.collection.objects.unlink(o)",
        [Fact("not_in_scene", {"Plate"}, 1)],
    ),
    "a collection that is not linked": (
        "c = bpy.data.collections.new('Left out')\nfor n in 'ab': c.objects.link(bpy.data.objects.new(n, objects['Cup'].data))",
        [Fact("not_in_scene", {"a", "b"}, 2)],
    ),
    "an object that no render shows": ("objects['Cup'].hide_render = True", [Fact("hidden_from_render", {"Cup"}, 1)]),
    "two objects that no render shows": (
        "for n in ('Cup', 'Words'): objects[n].hide_render = True",
        [Fact("hidden_from_render", {"Cup", "Words"}, 2)],
    ),
    "a collection that no render shows": (
        "c = bpy.data.collections.new('Off'); scene.collection.children.link(c); c.hide_render = True\n"
        "c.objects.link(objects['Plate']); scene.collection.objects.unlink(objects['Plate'])",
        [Fact("hidden_from_render", {"Plate"}, 1)],
    ),
    # animation
    "a ball that is elsewhere for a frame": (
        "b = objects['Ball']\nfor f, y in ((14, -1.2), (15, -3.2), (16, -1.2)):\n b.location.y = y; b.keyframe_insert('location', index=1, frame=f)",
        [Fact("jump", {"Ball"}, 2, 0.02, 15), Fact("jump", {"Ball"}, 2, 0.02, 16)],
    ),
    "an instance that changes its place at once": (
        "s = objects['Stool 2']\nfor f, x in ((19, 0.5), (20, 2.5)):\n s.location.x = x; s.keyframe_insert('location', index=0, frame=f)",
        [Fact("jump", {"Stool 2"}, 2, 0.001, 20)],
    ),
    "a driven stool that jumps": (
        "d = objects['Stool 2'].driver_add('location', 0).driver; d.expression = '0.5 + 2 * (frame > 9)'",
        [Fact("jump", {"Stool 2"}, 2, 0.001, 10)],
    ),
    "a ball that rolls into a crate": (
        "box('Stop', (0.3, -1.1, 0), (0.3, 0.3, 0.3))",
        [Fact("later_penetration", {"Ball", "Stop"}, 0.05, 0.01, 30)],
    ),
    "a ball that is shown while it rolls into a crate": (
        "box('Stop', (0.3, -1.1, 0), (0.3, 0.3, 0.3))\n" + HIDES_FIRST.format("objects['Ball']"),
        [Fact("later_penetration", {"Ball", "Stop"}, 0.05, 0.01, 30)],
    ),
    "a ball that swells into a crate": (
        "box('Stop', (-1.7, -1.2, 0), (0.2, 0.4, 0.4))\nb = objects['Ball']; b.animation_data_clear(); b.location.x = -2.1\n"
        "m = b.modifiers.new('Swell', 'CAST'); m.size, m.use_radius_as_size = 0.5, False\n"
        "for f, v in ((1, 0), (30, 1)): m.factor = v; m.keyframe_insert('factor', frame=f)",
        [Fact("later_penetration", {"Ball", "Stop"}, 0.2, 0.02, 30), Fact("later_under_ground", {"Ball"}, 0.29, 0.02, 30)],
    ),
    "a ball that rolls through a crate": (
        "box('Stop', (-1, -1.2, 0), (0.5, 0.5, 0.5))",
        [Fact("later_penetration", {"Ball", "Stop"}, 0.2, 0.06)],
    ),
    "an instance that slides into another": (
        "s = objects['Stool 2']\nfor f, y in ((1, -2.3), (30, -1.5)):\n s.location.y = y; s.keyframe_insert('location', index=1, frame=f)",
        [Fact("later_penetration", {"Stool 1", "Stool 2"}, 0.05, 0.04)],
    ),
    "a ball that sinks": (
        "b = objects['Ball']\nfor f, z in ((1, 0.2), (30, -0.1)):\n b.location.z = z; b.keyframe_insert('location', index=2, frame=f)",
        [Fact("later_under_ground", {"Ball"}, 0.3, 0.01, 30)],
    ),
    "a ball that dips": (
        "b = objects['Ball']\nfor f, z in ((1, 0.2), (15, 0.05), (30, 0.2)):\n b.location.z = z; b.keyframe_insert('location', index=2, frame=f)",
        [Fact("later_under_ground", {"Ball"}, 0.15, 0.01)],
    ),
    "a stool that is drawn down": (
        "e = add('Hand', None); objects['Stool 1'].parent = e\nfor f, z in ((1, 0), (30, -0.2)):\n e.location.z = z; e.keyframe_insert('location', index=2, frame=f)",
        [Fact("later_under_ground", {"Stool 1"}, 0.2, 0.01, 30)],
    ),
    "keyframes at one place": (
        "for f in (1, 30): objects['Cup'].keyframe_insert('location', frame=f)",
        [Fact("never_moves", {"Cup"}, 6)],
    ),
    "keyframes after the last frame": (
        "s = objects['Stool 2']\nfor f, x in ((40, 0.5), (60, 2.5)):\n s.location.x = x; s.keyframe_insert('location', index=0, frame=f)",
        [Fact("never_moves", {"Stool 2"}, 2)],
    ),
    "keyframes that a constraint overrules": (
        "s = objects['Stool 2']\nfor f, x in ((1, 0.5), (30, 2.5)):\n s.location.x = x; s.keyframe_insert('location', index=0, frame=f)\n"
        "c = s.constraints.new('LIMIT_LOCATION'); c.use_min_x = c.use_max_x = True; c.min_x = c.max_x = 0.5",
        [Fact("never_moves", {"Stool 2"}, 2)],
    ),
    "frames long after the motion": ("scene.frame_end = 100", [Fact("static", {"Ball"}, 0.707, 0.01)]),
    "frames long before the motion": (
        "b = objects['Ball']; b.animation_data_clear(); scene.frame_end = 100\n"
        "for f, x in ((71, -2), (100, 0)):\n b.location.x = x; b.keyframe_insert('location', index=0, frame=f)",
        [Fact("static", {"Ball"}, 0.707, 0.01)],
    ),
    "all keyframes alike": (
        "objects['Ball'].animation_data_clear()\nfor f in (1, 30): objects['Ball'].keyframe_insert('location', index=0, frame=f)",
        [Fact("never_moves", {"Ball"}, 2), Fact("static", {"Ball"}, 1)],
    ),
}  # fmt: skip
