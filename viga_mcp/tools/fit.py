"""Find the numbers."""

from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BaseModel, ConfigDict, Field

from viga_mcp import replies
from viga_mcp.app import App, app
from viga_mcp.camera_fits import is_camera
from viga_mcp.errors import VigaError
from viga_mcp.fitting.solve import LEAST_RENDERS
from viga_mcp.results import Fit
from viga_mcp.revisions import Job
from viga_mcp.tools.compare import TargetName
from viga_mcp.tools.jobs import describe, done_within
from viga_mcp.tools.tool import SceneHandle, Tool


class PointPair(BaseModel):
    """A point of the scene and where the target shows it."""

    model_config = ConfigDict(extra="forbid")
    pixel: tuple[float, float] = Field(description="x, y on the target, in its pixels from the top left")
    world: tuple[float, float, float] | None = Field(default=None, description="x, y, z in metres")
    object: str | None = Field(default=None, description="Instead of world: an object's name, for its box's middle")


async def fit_parameters(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    target: TargetName = "target",
    parameters: Annotated[
        list[str] | str | None,
        Field(
            description="Which numbers of the program may change: 'line:column' or 'line' of a literal, a name such as "
            "'key_energy', a data path such as 'objects[\"Lamp\"].data.energy', or null for all that matter "
            "(whole numbers in formulas, as in width / 2, stay). 'camera' alone: pose and lens of the target's camera"
        ),
    ] = None,
    point_pairs: Annotated[
        list[PointPair] | None,
        Field(description="With parameters='camera': what lies where on the target. 4 or more give the camera alone"),
    ] = None,
    max_renders: Annotated[int, Field(ge=2, le=2000, description="Most pictures to render; small ones")] = 200,
    wait_s: Annotated[
        float, Field(ge=0, le=600, description="Wait this long for the end, in seconds; then get_job goes on")
    ] = 45,
) -> Annotated[CallToolResult, Fit]:
    """Find the numbers in the scene's program that make its picture match the target, by render and compare.

    Use it when the structure is right and only numbers are off: positions, energies, colours, roughness, shape keys,
    counts, the camera's pose. It measures what each literal does, then solves for all of them together. The result is
    a new revision whose program differs in those numbers only, with the loss before and after and a table of changes;
    or, when it takes longer than wait_s, a job for get_job. It never makes the picture worse. Needs set_target.

    parameters="camera" (or "camera:NAME") finds place, turn and lens of the camera that the target was set for, also
    from a start 40 degrees around the subject and 30 % of the distance off, whatever the light and though some objects
    differ; its numbers are set at the program's end. The reply says whether it was found or is doubtful, where it
    stands and stood before, standard deviations (by noise; where scene and target differ it may be some times as far
    off), what the picture leaves open. Where it fails, point_pairs help.
    Examples: fit_parameters(parameters=["key_energy"]); fit_parameters(parameters="camera", point_pairs=[{"pixel":
    [212, 80], "world": [0, 0, 1.2]}, {"pixel": [60, 301], "object": "Mug"}])
    """
    named = [parameters] if isinstance(parameters, str) else parameters
    if point_pairs and not is_camera(named):
        raise VigaError("invalid_argument", "point_pairs place a camera.", then="Give parameters='camera' with them.")
    if max_renders < LEAST_RENDERS and not is_camera(named):
        raise VigaError(
            "invalid_argument",
            f"max_renders={max_renders} is too few to fit numbers with.",
            then=f"{LEAST_RENDERS} is the least, 100 to 200 are usual.",
        )
    start = await app(ctx).scenes.head(scene)
    await to_thread.run_sync(app(ctx).store.target, scene, target)
    arguments = {
        "revision": start.id,
        "target": target,
        "parameters": named,
        "max_renders": max_renders,
        "point_pairs": [pair.model_dump() for pair in point_pairs or []],
    }
    job = await done_within(ctx, "fit_parameters", scene, arguments, wait_s=wait_s, doing="fitting")
    return replies.with_facts(describe(job), _fit(job, scene))


def _fit(job: Job, scene: str) -> Fit:
    result: dict[str, Any] = job.result if job.result and job.status == "done" else {"message": describe(job)}
    return Fit.model_validate({"scene": scene, "job_id": job.id, "status": job.status, **result})


TOOLS = (Tool(fit_parameters, "Fit the numbers", is_central=True),)
