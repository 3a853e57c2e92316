# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What counts as light, as a render shows it."""

import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender import lights  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def cube():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mesh.primitive_cube_add()
    return bpy.context.object


def material(name, strength, *, is_linked=True):
    made = bpy.data.materials.new(name)
    if not made.node_tree:
        made.use_nodes = True
    tree = made.node_tree
    light = tree.nodes.new("ShaderNodeEmission")
    light.inputs["Strength"].default_value = strength
    if is_linked:
        tree.links.new(light.outputs[0], tree.get_output_node("ALL").inputs["Surface"])
    return made


def grouped(name, strength):
    inner = bpy.data.node_groups.new("Inner", "ShaderNodeTree")
    inner.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    light, end = inner.nodes.new("ShaderNodeEmission"), inner.nodes.new("NodeGroupOutput")
    light.inputs["Strength"].default_value = strength
    inner.links.new(light.outputs[0], end.inputs[0])
    made = material(name, 0)
    group = made.node_tree.nodes.new("ShaderNodeGroup")
    group.node_tree = inner
    made.node_tree.links.new(group.outputs[0], made.node_tree.get_output_node("ALL").inputs["Surface"])
    return made


def test_a_bare_cube_is_dark(cube):
    cube.data.materials.append(material("Dark", 0))
    assert not lights.has_light()


def test_a_lamp_in_an_instanced_collection_is_light(cube):
    library = bpy.data.collections.new("Library")
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    library.objects.link(lamp)
    holder = bpy.data.objects.new("Holder", None)
    bpy.context.scene.collection.objects.link(holder)
    assert not lights.has_light()
    holder.instance_type, holder.instance_collection = "COLLECTION", library
    assert lights.has_light()
    holder.hide_render = True
    assert not lights.has_light()


@pytest.mark.parametrize("make", [material, grouped])
def test_a_material_that_emits_is_light_where_it_is_drawn(cube, make):
    cube.data.materials.append(make("Glow", 5))
    assert lights.has_light()
    assert not lights.has_light(beyond=6)
    cube.hide_render = True
    assert not lights.has_light()


def test_a_group_that_gives_nothing_is_no_light(cube):
    cube.data.materials.append(grouped("Group", 0))
    assert not lights.has_light()


def test_emission_that_leads_nowhere_or_is_on_nothing_is_no_light(cube):
    cube.data.materials.append(material("Loose", 5, is_linked=False))
    material("Unused", 5).use_fake_user = True
    assert not lights.has_light()


def test_a_normal_map_is_no_light(cube):
    bumpy = material("Bumpy", 0, is_linked=False)
    tree = bumpy.node_tree
    shader, bump = tree.nodes["Principled BSDF"], tree.nodes.new("ShaderNodeNormalMap")
    tree.links.new(bump.outputs[0], shader.inputs["Normal"])
    cube.data.materials.append(bumpy)
    assert not lights.has_light()


@pytest.mark.parametrize("grey", [0.0, 0.05])
def test_a_world_is_as_much_light_as_it_gives(cube, grey):
    world = bpy.context.scene.world = bpy.data.worlds.new("World")
    if not world.node_tree:
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (grey, grey, grey, 1)
    assert lights.has_light() == (grey > 0)
    assert not lights.has_light(beyond=0.2)


def test_a_material_that_nodes_give_is_light(cube):
    tree = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    ball, paint, end = map(tree.nodes.new, ("GeometryNodeMeshUVSphere", "GeometryNodeSetMaterial", "NodeGroupOutput"))
    paint.inputs["Material"].default_value = material("Glow", 5)
    tree.links.new(ball.outputs[0], paint.inputs[0])
    tree.links.new(paint.outputs[0], end.inputs[0])
    cube.modifiers.new("Nodes", "NODES").node_group = tree
    assert lights.has_light()
