"""Jobs: work that outlasts a call."""

from typing import Annotated, Any

import anyio
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import replies
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.results import JobState
from viga_mcp.revisions import Job
from viga_mcp.tools.tool import Tool

JobId = Annotated[str, Field(description="The id that the tool returned, such as 'j4'")]


async def get_job(
    ctx: Context[App, Any],
    job_id: JobId,
    wait_s: Annotated[float, Field(ge=0, le=600, description="Wait up to this long for the end, in seconds")] = 45,
) -> Annotated[CallToolResult, JobState]:
    """Wait for a job and get its result, or how far it is. A job that a stopped server left behind goes on here."""
    async with reporting(ctx, "waiting") as progress:
        job = await app(ctx).jobs.wait(job_id, wait_s, progress)
    return replies.with_facts(describe(job), _state(job))


async def cancel_job(ctx: Context[App, Any], job_id: JobId) -> Annotated[CallToolResult, JobState]:
    """Stop a job. What it found so far is dropped; the scene stays as it was. A finished job stays finished."""
    job = await app(ctx).jobs.cancel(job_id)
    return replies.with_facts(describe(job), _state(job))


async def done_within(
    ctx: Context[App, Any], tool: str, scene: str, arguments: dict[str, Any], *, wait_s: float, doing: str
) -> Job:
    """Start a job and wait for it; one that has not ended after `wait_s` goes on, one whose caller leaves ends.

    Raises:
        VigaError: As the job failed.
    """
    jobs = app(ctx).jobs
    id = await jobs.start(tool, scene, arguments)
    try:
        async with reporting(ctx, doing) as progress:
            job = await jobs.wait(id, wait_s, progress)
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await jobs.cancel(id)
        raise
    if job.status == "failed":
        told = job.result or {}
        what = told.get("what", told.get("error", f"{tool} failed."))
        raise VigaError(told.get("kind", "unavailable"), what, where=told.get("where", ""), then=told.get("then", ""))
    return job


def describe(job: Job) -> str:
    if job.status == "running":
        how_far = f": {job.progress['message']}" if job.progress else ""
        return f"{job.id} ({job.tool}) is running{how_far}. Call get_job(job_id={job.id!r}) for the result."
    if job.status == "failed":
        return f"{job.id} ({job.tool}) failed. {(job.result or {}).get('error', '')}"
    if job.status == "cancelled":
        return f"{job.id} ({job.tool}) was cancelled; the scene is as it was."
    return f"{job.id} ({job.tool}) is done. {(job.result or {}).get('message', '')}"


def _state(job: Job) -> JobState:
    return JobState(
        job_id=job.id, tool=job.tool, scene=job.scene, status=job.status, progress=job.progress, result=job.result
    )


TOOLS = (
    Tool(get_job, "Wait for a job", is_idempotent=True),
    Tool(cancel_job, "Stop a job", destroys=True, is_idempotent=True),
)
