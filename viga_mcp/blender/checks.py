# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Check a scene: facts about what is likely wrong with its geometry, light, materials and motion.

Shows objects as renders do and visits frames: the server runs it in a state that is thrown away.
"""

import bpy

from viga_mcp import support
from viga_mcp.blender.contacts import bodies_of
from viga_mcp.blender.finishes import find_unfinished, is_see_through
from viga_mcp.blender.graph import naming, rendered_names
from viga_mcp.blender.motion import find_in_motion
from viga_mcp.blender.movers import find_movers
from viga_mcp.blender.presence import find_absent, find_unlit
from viga_mcp.blender.soundness import find_broken, find_inward, find_odd_scale, is_without_area
from viga_mcp.blender.stage import show_as_rendered
from viga_mcp.blender.standing import Stage, contacts, find_floating, find_penetrations, find_under_ground
from viga_mcp.blender.triangles import world_triangles
from viga_mcp.findings import in_order
from viga_mcp.wire import Message


def check(request: Message) -> Message:
    """All findings of the current scene, what matters most first.

    Args:
        request: `frames`, ascending numbers to visit, or None for those of the scene if anything in it is animated.

    Returns:
        `{"findings": [Finding.as_dict()], "ground": {"object", "height", "spread"} or None, "skipped": [str],
        "checked": {"objects", "triangles", "contacts"}}`.
    """
    scene = bpy.context.scene
    objects = list(scene.objects)
    name_of = naming(objects)
    in_layers = rendered_names(bpy.context.view_layer.layer_collection, name_of)
    drawn = [obj for obj in objects if name_of(obj) in in_layers and not obj.hide_render]
    shown = {name_of(obj) for obj in drawn}
    skipped: list[str] = []
    absent = list(find_absent(shown, name_of))  # before hidden ones are shown
    show_as_rendered()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    triangles = world_triangles(depsgraph, name_of, only=shown)
    for name, count in triangles.left_out.items():
        skipped.append(
            f"{name!r}: its {count:,} triangles are too many beside the rest, so it is as if it were not there"
        )
    bodies = bodies_of(triangles)
    movers = find_movers(name_of)
    findings = [*absent, *find_broken(drawn, bodies, triangles.left_out, movers, name_of, depsgraph)]
    broken = {name for finding in findings if finding not in absent for name in finding.objects}
    whole = {n: b for n, b in bodies.items() if n not in broken and len(b.triangles) and not is_without_area(b)}
    parents = {name_of(obj): name_of(obj.parent) if obj.parent else None for obj in objects}
    glass = {name_of(obj) for obj in drawn if is_see_through(obj)}
    stage = Stage(whole, support.roots(parents), movers, glass)
    touching = contacts(stage, skipped)
    camera = scene.camera.matrix_world.translation.copy() if scene.camera else None
    below = list(find_under_ground(stage))
    findings += below
    if touching is not None:
        findings += find_floating(stage, touching, {name for finding in below for name in finding.objects})
        findings += find_penetrations(stage, touching, skipped)
    findings += find_odd_scale(drawn, stage, name_of)
    findings += find_inward(stage, camera, skipped)
    findings += find_unfinished(depsgraph, shown, name_of)
    findings += find_unlit(stage, shown, name_of)
    followed = in_layers - triangles.left_out.keys() - broken  # what is hidden now may be shown later
    findings += find_in_motion(scene, stage, request.get("frames"), followed, name_of, skipped, request["report"])
    ground = stage.ground
    return {
        "findings": [finding.as_dict() for finding in in_order(findings)],
        "ground": ground and {"object": ground.name, "height": ground.height, "spread": ground.spread},
        "skipped": skipped,
        "checked": {
            "objects": len(bodies),
            "triangles": sum(len(body.triangles) for body in bodies.values()),
            "contacts": len(touching or ()),
        },
    }
