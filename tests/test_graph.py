# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
import json
import math

import numpy as np
import pytest

from tests.conftest import processor_seconds

bpy = pytest.importorskip("bpy")

from viga_mcp.blender.graph import read_cameras, read_graph  # noqa: E402
from viga_mcp.blender.properties import rounded_rows  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture(autouse=True)
def empty_scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)


def add(name, data=None, *, location=(0, 0, 0), parent=None):
    obj = bpy.data.objects.new(name, data)
    obj.location = location
    obj.parent = parent
    bpy.context.scene.collection.objects.link(obj)
    return obj


def cube_mesh(size=2.0):
    h = size / 2
    corners = [(x, y, z) for x in (-h, h) for y in (-h, h) for z in (-h, h)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new("cube")
    mesh.from_pydata(corners, [], faces)
    return mesh


def near(values):
    return pytest.approx(values, abs=1e-4)


def bounds_of(name):
    low, high = read_graph()["objects"][name]["bounds"]
    return [*low, *high]


def test_a_scene_with_nothing_in_it_can_be_read():
    graph = read_graph()

    assert graph["objects"] == {}
    assert graph["world"] is None
    assert graph["scene"]["camera"] is None
    assert graph["counts"]["triangles"] == 0


def test_reading_twice_gives_the_same_and_changes_nothing():
    bpy.ops.wm.read_factory_settings()
    bpy.context.view_layer.update()
    updates = []
    bpy.app.handlers.depsgraph_update_post.append(lambda *_: updates.append(1))

    first, second = read_graph({}), read_graph()

    assert first == second
    assert updates == []


def test_the_graph_is_strict_json_even_with_nan_in_the_scene():
    add("bad", cube_mesh(), location=(math.nan, 0, 0))

    entry = json.loads(json.dumps(read_graph(), allow_nan=False))["objects"]["bad"]

    assert entry["location"] == [None, 0, 0]
    assert entry["bounds"] is None


def test_numbers_come_as_they_were_typed():
    add("a", location=(0.1, -123.456, 1e-3)).rotation_euler = (math.radians(90), 0, math.radians(-400))

    entry = read_graph()["objects"]["a"]

    assert entry["location"] == [0.1, -123.456, 0.001]
    assert entry["rotation_deg"] == near([90, 0, -400])


def test_rounding_keeps_six_digits_at_any_size():
    assert rounded_rows(np.array([1234567.0, 0.000123456789, -4e-8, 9.9999996])) == [1234570.0, 0.000123457, 0.0, 10.0]


@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "QUATERNION", "AXIS_ANGLE"])
def test_rotation_is_told_as_xyz_degrees_in_every_mode(mode):
    obj = add("a")
    obj.rotation_mode = mode
    if mode == "QUATERNION":
        obj.rotation_quaternion = (math.cos(0.25), 0, 0, math.sin(0.25))
    elif mode == "AXIS_ANGLE":
        obj.rotation_axis_angle = (0.5, 0, 0, 1)
    else:
        obj.rotation_euler = (0, 0, 0.5)

    entry = read_graph()["objects"]["a"]

    assert entry["rotation_deg"] == near([0, 0, math.degrees(0.5)])
    assert entry["rotation_mode"] == mode


def test_bounds_are_the_evaluated_ones_in_the_world():
    parent = add("parent", location=(10, 0, 0))
    child = add("child", cube_mesh(), location=(0, 5, 0), parent=parent)
    child.rotation_euler = (0, 0, math.radians(45))
    array = child.modifiers.new("row", "ARRAY")
    array.count = 3
    array.relative_offset_displace = (0, 0, 1)

    half = math.sqrt(2)
    assert bounds_of("child") == near([10 - half, 5 - half, -1, 10 + half, 5 + half, 5])
    entry = read_graph()["objects"]["child"]
    assert entry["mesh"] == {"vertices": 24, "edges": 36, "faces": 18, "triangles": 36}
    assert entry["modifiers"][0]["properties"]["count"] == 3
    assert entry["matrix_world"][3::4] == near([10, 5, 0, 1])


def test_a_collection_instance_is_as_large_as_what_it_shows():
    source = bpy.data.collections.new("source")
    inner = bpy.data.objects.new("inner", cube_mesh())
    inner.location = (0, 50, 0)
    source.objects.link(inner)
    empty = add("copy", location=(0, 0, 10))
    empty.instance_type, empty.instance_collection = "COLLECTION", source

    assert bounds_of("copy") == near([-1, 49, 9, 1, 51, 11])
    graph = read_graph()
    assert list(graph["objects"]) == ["copy"]
    assert graph["objects"]["copy"]["instances"] == "source"
    assert graph["counts"]["triangles"] == 12


def test_geometry_nodes_count_with_their_instances_and_inputs():
    tree = bpy.data.node_groups.new("scatter", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Height", in_out="INPUT", socket_type="NodeSocketFloat").default_value = 0.75
    line, cube = tree.nodes.new("GeometryNodeMeshLine"), tree.nodes.new("GeometryNodeMeshCube")
    line.inputs["Offset"].default_value = (4, 0, 0)
    line.inputs["Count"].default_value = 3
    on_points, out = tree.nodes.new("GeometryNodeInstanceOnPoints"), tree.nodes.new("NodeGroupOutput")
    tree.links.new(line.outputs[0], on_points.inputs["Points"])
    tree.links.new(cube.outputs[0], on_points.inputs["Instance"])
    tree.links.new(on_points.outputs[0], out.inputs[0])
    add("made", bpy.data.meshes.new("none")).modifiers.new("nodes", "NODES").node_group = tree

    assert bounds_of("made") == near([-0.5, -0.5, -0.5, 8.5, 0.5, 0.5])
    graph = read_graph()
    assert graph["objects"]["made"]["modifiers"][0]["properties"]["Height"] == 0.75
    assert graph["counts"]["triangles"] == 36
    assert graph["node_groups"]["scatter"]["nodes"]["Mesh Line"]["inputs"]["Count"] == 3


def test_a_very_large_mesh_is_measured_by_its_box():
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=500, y_subdivisions=500, size=4, location=(1, 0, 0))

    assert bounds_of("Grid") == near([-1, -2, 0, 3, 2, 0])


def test_what_is_hidden_in_the_viewport_is_where_it_was_put():
    parent = add("parent", location=(1, 0, 0))
    hidden = add("hidden", cube_mesh(), parent=parent)
    hidden.hide_viewport = True
    read_graph()
    hidden.location, parent.location = (0, 0, 7), (2, 0, 0)

    entry = read_graph()["objects"]["hidden"]

    assert entry["bounds"] == [near([1, -1, 6]), near([3, 1, 8])]
    assert entry["visible"]
    assert entry["hide_viewport"]


def test_visible_means_in_the_render():
    for name in ("plain", "hidden", "in hidden collection", "in excluded collection"):
        add(name, cube_mesh())
    bpy.data.objects["hidden"].hide_render = True
    for name in ("hidden", "excluded"):
        collection = bpy.data.collections.new(name)
        bpy.context.scene.collection.children.link(collection)
        obj = bpy.data.objects[f"in {name} collection"]
        collection.objects.link(obj)
        bpy.context.scene.collection.objects.unlink(obj)
    bpy.data.collections["hidden"].hide_render = True
    bpy.context.view_layer.layer_collection.children["excluded"].exclude = True

    graph = read_graph()

    assert [name for name, entry in graph["objects"].items() if entry["visible"]] == ["plain"]
    assert graph["objects"]["in hidden collection"]["collections"] == ["hidden"]
    assert graph["collections"]["excluded"]["excluded"]


def test_lights_and_cameras_speak_in_degrees_and_watts():
    spot, sun = bpy.data.lights.new("spot", "SPOT"), bpy.data.lights.new("sun", "SUN")
    spot.energy, spot.spot_size = 500, math.radians(60)
    sun.angle = math.radians(3)
    camera = bpy.data.cameras.new("camera")
    camera.lens, camera.dof.use_dof, camera.dof.aperture_fstop = 50, True, 1.4
    add("spot", spot)
    add("sun", sun)
    add("camera", camera)
    bpy.context.scene.render.resolution_percentage = 50

    graph = read_graph()

    assert graph["scene"]["resolution"] == [960, 540]
    light = graph["objects"]["spot"]["light"]
    assert (light["kind"], light["energy"], light["spot_size_deg"]) == ("SPOT", 500, near(60))
    assert graph["objects"]["sun"]["light"]["angle_deg"] == near(3)
    assert graph["objects"]["camera"]["camera"]["fov_deg"] == pytest.approx(math.degrees(camera.angle_x), abs=1e-3)
    assert graph["objects"]["camera"]["camera"]["dof"]["aperture_fstop"] == 1.4
    assert "nodes" not in light


def test_the_field_of_view_is_horizontal_for_upright_pictures_too():
    camera = bpy.data.cameras.new("camera")
    add("camera", camera)
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 500, 1000

    fov_deg = read_graph()["objects"]["camera"]["camera"]["fov_deg"]

    assert math.tan(math.radians(fov_deg) / 2) == pytest.approx(math.tan(camera.angle / 2) / 2, abs=1e-5)


def test_the_cameras_alone_are_told_as_in_the_whole_graph():
    bpy.ops.wm.read_factory_settings()
    tower = add("tower", location=(1, 2, 30))
    add("upstairs", bpy.data.cameras.new("camera"), location=(0, -1, 0), parent=tower)
    bpy.context.scene.render.resolution_x = 300

    cameras, graph = read_cameras(), read_graph()

    assert set(cameras["objects"]) == {"Camera", "upstairs"}
    assert cameras["scene"] == graph["scene"]
    for name, entry in cameras["objects"].items():
        assert entry == {key: graph["objects"][name][key] for key in entry}


def test_materials_tell_free_inputs_and_what_feeds_the_others():
    bpy.ops.wm.read_factory_settings()
    tree = bpy.data.materials["Material"].node_tree
    noise, math_node = tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeMath")
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.25
    tree.links.new(noise.outputs["Color"], shader.inputs["Base Color"])
    math_node.operation = "MULTIPLY"

    graph = read_graph()

    nodes = graph["materials"]["Material"]["nodes"]
    assert nodes[shader.name]["inputs"]["Roughness"] == 0.25
    assert "Base Color" not in nodes[shader.name]["inputs"]
    assert nodes[shader.name]["linked"]["Base Color"] == "Noise Texture.Color"
    assert nodes["Math"]["properties"]["operation"] == "MULTIPLY"
    assert set(nodes["Math"]["inputs"]) == {"Value", "Value_001"}
    assert graph["objects"]["Cube"]["materials"] == ["Material"]
    assert graph["world"]["strength"] == 1.0
    assert len(graph["world"]["color"]) == 3


def test_an_object_tells_shape_keys_animation_physics_and_custom_values():
    obj = add("body", cube_mesh())
    obj.shape_key_add(name="Basis")
    obj.shape_key_add(name="smile").value = 0.3
    obj.keyframe_insert("location", frame=5)
    obj.keyframe_insert("location", frame=20)
    obj.driver_add("scale", 0)
    obj.modifiers.new("cloth", "CLOTH")
    obj["mood"] = "good"
    obj.constraints.new("LIMIT_SCALE")

    entry = read_graph()["objects"]["body"]

    assert entry["shape_keys"] == {"smile": 0.3}
    assert entry["animation"]["frames"] == [5, 20]
    assert entry["animation"]["paths"] == ["location"]
    assert entry["animation"]["drivers"] == ["scale"]
    assert entry["physics"] == ["cloth"]
    assert entry["custom"] == {"mood": "good"}
    assert entry["constraints"][0]["type"] == "LIMIT_SCALE"


def test_a_text_is_as_large_as_its_letters():
    text = bpy.data.curves.new("text", "FONT")
    text.body, text.extrude = "Hi", 0.5
    add("text", text)

    entry = read_graph()["objects"]["text"]

    assert entry["curve"]["body"] == "Hi"
    assert [entry["bounds"][0][2], entry["bounds"][1][2]] == near([-0.5, 0.5])


def test_a_curve_without_thickness_has_no_box():
    bpy.ops.curve.primitive_bezier_circle_add()

    assert read_graph()["objects"]["BézierCircle"]["bounds"] is None


def test_four_times_as_many_objects_take_four_times_as_long():
    mesh, times = cube_mesh(), []
    for count in (500, 1500):
        for i in range(count):
            add(f"o{i}", mesh.copy(), location=(i, 0, 0)).rotation_euler = (i, 1, 2)
        bpy.context.view_layer.update()
        times.append(processor_seconds(read_graph))
    assert times[1] < 3 * 4 * times[0]
