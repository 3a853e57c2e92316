"""Baking what a scene simulates, as a patch that is an ordinary Blender program: each later replay does the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from anyio import to_thread

from viga_mcp.concurrency import to_its_end
from viga_mcp.errors import VigaError
from viga_mcp.revisions import HeadMoved
from viga_mcp.scenes import Scenes
from viga_mcp.worker import Progress

CAN_BE_BAKED = "Rigid bodies, cloth, soft bodies and particle systems can be baked"


class Baker:
    """Bakes the scenes of a workspace."""

    def __init__(self, scenes: Scenes) -> None:
        self._scenes = scenes

    async def bake(
        self, job: str, scene: str | None, arguments: Mapping[str, Any], on_progress: Progress
    ) -> dict[str, Any]:
        """Do a "bake_physics" job; the result has the fields of `results.Bake`.

        Args:
            arguments: `revision` to start from, `frames` [first, last] or None, `timeout_s`.

        Raises:
            VigaError: "invalid_argument" where nothing can be baked, "busy" if the scene moved on meanwhile, and as
                the program fails; nothing has changed then.
        """
        del job
        assert scene is not None
        start = await to_thread.run_sync(self._scenes.store.revision, scene, arguments["revision"])
        held = await self._scenes.simulations(start)
        wanted = [one for one in held["simulations"] if not one["trouble"]]
        left_out = [f"{named(one)} {one['trouble']}" for one in held["simulations"] if one["trouble"]]
        if not wanted:
            what = f"{start.id} of scene {scene!r} simulates nothing that can be baked."
            raise VigaError("invalid_argument", what, where="\n".join(left_out), then=f"{CAN_BE_BAKED}.")
        frames: list[int] | None = arguments["frames"]
        spans = [frames or [one["frames"][0], max(one["frames"][0], held["frames"][1])] for one in wanted]
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)

        async def report(frame: float, *_: object) -> None:
            if first <= frame <= last:  # Blender also goes back to where the scene was
                await on_progress(frame - first, last - first + 1, f"frame {frame:g} of {first} to {last}")

        free = [one["expression"] for one in held["simulations"] if one["trouble"] and one["expression"]]
        try:
            run = await self._scenes.run(
                scene,
                code=program([one["expression"] for one in wanted], spans, free),
                note=f"bake frames {first} to {last}",
                timeout_s=arguments["timeout_s"],
                on_progress=report,
                expected_head=start.id,
            )
        except HeadMoved as moved:
            what = f"Scene {scene!r} moved from {start.id} to {moved.actual} meanwhile."
            raise VigaError("busy", what, then="Bake the new head.") from moved
        made = await to_its_end(lambda: self._scenes.simulations(run.revision))
        baked = [
            {"kind": one["kind"], "object": one["object"], "frames": one["frames"], "stored": one["stored"]}
            for one in made["simulations"]
            if not one["trouble"] and one["is_baked"]
        ]
        lines = [
            f"{run.revision.id} (from {start.id}): frames {first} to {last} baked in {run.revision.seconds:.1f} s."
        ]
        lines += [f"- {named(one)}, frames {one['frames'][0]} to {one['frames'][1]}: {one['stored']}" for one in baked]
        lines += [f"Not baked: {what}." for what in left_out]
        return {
            "revision": run.revision.id,
            "baked": baked,
            "left_out": left_out,
            "seconds": run.revision.seconds,
            "message": "\n".join(lines),
        }


def program(caches: Sequence[str], spans: Sequence[Sequence[int]], free: Sequence[str] = ()) -> str:
    """Blender Python that bakes some caches of a scene.

    Args:
        caches: Expressions for them, given `scene`.
        spans: First and last frame of each.
        free: Expressions for caches that can't be kept: Blender bakes all or one, and all are simulated together.
    """
    rows = "".join(f"    ({cache}, {span[0]}, {span[1]}),\n" for cache, span in zip(caches, spans, strict=True))
    text = f"""\
import bpy

scene = bpy.context.scene
bpy.ops.ptcache.free_bake_all()
caches = [
{rows}]
for cache, first, last in caches:
    if cache.use_disk_cache:
        cache.use_disk_cache = False
    cache.frame_start, cache.frame_end = first, last
bpy.ops.ptcache.bake_all(bake=True)
if not all(cache.is_baked for cache, first, last in caches):
    raise RuntimeError("Blender did not bake all of these caches")
"""
    for cache in free:
        text += f"with bpy.context.temp_override(point_cache={cache}):\n    bpy.ops.ptcache.free_bake()\n"
    return text


def named(simulation: Mapping[str, Any]) -> str:
    """`cloth of 'Flag'`."""
    return simulation["kind"] + (f" of {simulation['object']!r}" if simulation["object"] else "")
