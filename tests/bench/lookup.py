"""Looking up Blender's interface: to read it, to find it again, and 60 questions over a real stdio connection."""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

ROUNDS = 10
# As models ask: half paths and expressions, half words; some old, some misspelt.
QUERIES = """\
Object.location|Object.rotation_euler|Object.parent|Object.modifiers|Mesh.from_pydata|Material.node_tree
bpy.ops.mesh.primitive_cube_add|bpy.ops.mesh.primitive_uv_sphere_add|bpy.ops.object.modifier_apply|primitve_cone_add
bpy.ops.object.shade_smooth|bpy.ops.wm.obj_import|bpy.ops.import_scene.obj|bpy.ops.object.lamp_add
ShaderNodeBsdfPrincipled|ShaderNodeMix|ShaderNodeTexNoise|ShaderNodeMixRGB|ShaderNodeTexMusgrave|CompositorNodeGlare
GeometryNodeDistributePointsOnFaces|GeometryNodeInstanceOnPoints|CompositorNodeComposite|ShaderNodeBsdfGlas
Specular|Emission Strength|Clearcoat|Rougness|bsdf.inputs['Subsurface']|mix.inputs['Fac']
scene.render.engine|scene.eevee.use_bloom|scene.cycles.samples|scene.view_settings.look|scene.node_tree|scene.world
obj.data.energy|lamp.data.shadow_soft_size|cam.data.lens|bpy.data.objects.new|mesh.calc_normals|obj.select
action.fcurves|keyframe_insert|frame_set|sequence_editor.sequences|bone.select|armature.layers
shadow|depth of field|smooth shading|noise texture|boolean modifier|world background|film transparent
how to set the sun angle|geometry nodes modifier input|export gltf|bevel|subdivision|uv unwrap""".replace(
    "\n", "|"
).split("|")


async def start(workspace: Path) -> tuple[float, float]:
    """Seconds from a server that is up to its first answer, and the file's size in MB."""
    server = StdioServerParameters(command=sys.executable, args=["-m", "viga_mcp", "--workspace", str(workspace)])
    async with Client(server) as client:
        await client.call_tool("execute_blender_code", {"code": "n = 1"})  # a worker is up
        started = time.perf_counter()
        await client.call_tool("lookup_blender_api", {"query": "Object.location"})
        seconds = time.perf_counter() - started
    return seconds, sum(file.stat().st_size for file in workspace.glob(".viga/cache/*")) / 1e6


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name)
        first, size = await start(workspace)
        again, _ = await start(workspace)
        print(f"first answer of a workspace: {first:.2f} s; of the next server: {again:.2f} s; stored: {size:.2f} MB")
        server = StdioServerParameters(command=sys.executable, args=["-m", "viga_mcp", "--workspace", name])
        times: list[float] = []
        async with Client(server) as client:
            await client.call_tool("lookup_blender_api", {"query": "Object.location"})
            for _ in range(ROUNDS):
                for query in QUERIES:
                    started = time.perf_counter()
                    result: Any = await client.call_tool("lookup_blender_api", {"query": query})
                    times.append(1000 * (time.perf_counter() - started))
                    assert not result.is_error
        p95 = statistics.quantiles(times, n=20)[-1]
        verdict = "ok" if p95 <= 50 else "NOT MET"
        print(
            f"{len(QUERIES)} queries: p50 {statistics.median(times):.1f} ms, p95 {p95:.1f} ms {verdict} (limit 50 ms)"
        )


if __name__ == "__main__":
    anyio.run(main)
