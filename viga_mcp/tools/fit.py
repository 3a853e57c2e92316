"""Find the numbers."""

from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import replies
from viga_mcp.app import App, app
from viga_mcp.results import Fit
from viga_mcp.revisions import Job
from viga_mcp.tools.compare import TargetName
from viga_mcp.tools.jobs import describe, done_within
from viga_mcp.tools.tool import SceneHandle, Tool


async def fit_parameters(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    target: TargetName = "target",
    parameters: Annotated[
        list[str] | None,
        Field(
            description="Which numbers of the program may change: 'line:column' or 'line' of a literal, a name such as "
            "'key_energy', a data path such as 'objects[\"Lamp\"].data.energy', or null for all that matter "
            "(whole numbers in formulas, as in width / 2, stay)"
        ),
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
    """
    start = await app(ctx).scenes.head(scene)
    await to_thread.run_sync(app(ctx).store.target, scene, target)
    arguments = {"revision": start.id, "target": target, "parameters": parameters, "max_renders": max_renders}
    job = await done_within(ctx, "fit_parameters", scene, arguments, wait_s=wait_s, doing="fitting")
    return replies.with_facts(describe(job), _fit(job, scene))


def _fit(job: Job, scene: str) -> Fit:
    result: dict[str, Any] = job.result if job.result and job.status == "done" else {"message": describe(job)}
    return Fit.model_validate({"scene": scene, "job_id": job.id, "status": job.status, **result})


TOOLS = (Tool(fit_parameters, "Fit the numbers", is_central=True),)
