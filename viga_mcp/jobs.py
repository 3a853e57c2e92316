"""Work that may outlast a call: started, waited for, cancelled, and taken up again by any server of the workspace."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import anyio.abc
from anyio import to_thread

from viga_mcp.errors import VigaError
from viga_mcp.revisions import Job, Store
from viga_mcp.worker import Progress

logger = logging.getLogger(__name__)

# What does a tool's work: arguments and a way to report in, the result out. It must be able to start again from the
# same arguments and go on where it was; once it has made a revision it must not be cancelled any more.
Work = Callable[[str, str | None, Mapping[str, Any], Progress], Awaitable[dict[str, Any]]]
POLL_S = 0.5
PATIENCE_S = 60.0  # with a job that was told to end


class Jobs:
    """The jobs of a workspace.

    Args:
        store: Where they are recorded.
        tasks: Runs them; lives as long as the server.
    """

    def __init__(self, store: Store, tasks: anyio.abc.TaskGroup) -> None:
        self._store = store
        self._tasks = tasks
        self._work: dict[str, Work] = {}
        self._scopes: dict[str, anyio.CancelScope] = {}
        self._ended: dict[str, anyio.Event] = {}

    def register(self, tool: str, work: Work) -> None:
        self._work[tool] = work

    async def start(self, tool: str, scene: str | None, arguments: Mapping[str, Any]) -> str:
        id = await to_thread.run_sync(self._store.create_job, tool, scene, arguments)
        self._begin(id, tool, scene, arguments)
        return id

    async def wait(self, id: str, wait_s: float, on_progress: Progress | None = None) -> Job:
        """The job once it has ended, or as it is after `wait_s` seconds.

        A job whose server is gone is taken up again here.
        """
        job = await to_thread.run_sync(self._store.job, id)
        if job.interrupted and job.tool in self._work and await to_thread.run_sync(self._store.resume_job, id):
            self._begin(id, job.tool, job.scene, job.arguments)
        shown = None
        with anyio.move_on_after(wait_s):
            while True:
                job = await to_thread.run_sync(self._store.job, id)
                if job.status != "running":
                    return job
                if on_progress and job.progress and job.progress != shown:
                    shown = job.progress
                    await on_progress(shown["done"], shown["total"], shown["message"])
                with anyio.move_on_after(POLL_S):
                    # an event for our own jobs, the clock for those of another server
                    await self._ended.get(id, anyio.Event()).wait()
        return await to_thread.run_sync(self._store.job, id)

    async def cancel(self, id: str) -> Job:
        """End a job, here or in another server; one that has ended, or is accepting a revision, ends by itself."""
        if id in self._scopes:
            self._scopes[id].cancel()
            with anyio.move_on_after(PATIENCE_S):
                await self._ended[id].wait()
        return await to_thread.run_sync(lambda: self._store.update_job(id, status="cancelled"))

    def _begin(self, id: str, tool: str, scene: str | None, arguments: Mapping[str, Any]) -> None:
        self._ended[id], self._scopes[id] = anyio.Event(), anyio.CancelScope()
        self._tasks.start_soon(self._run, id, tool, scene, arguments)

    async def _run(self, id: str, tool: str, scene: str | None, arguments: Mapping[str, Any]) -> None:
        try:
            with self._scopes[id]:
                await self._work_to_its_end(id, tool, scene, arguments)
        finally:
            del self._scopes[id]
            self._ended[id].set()

    async def _work_to_its_end(self, id: str, tool: str, scene: str | None, arguments: Mapping[str, Any]) -> None:
        async def report(done: float, total: float, message: str) -> None:
            progress = {"done": done, "total": total, "message": message}
            job = await to_thread.run_sync(lambda: self._store.update_job(id, progress=progress))
            if job.status == "cancelled":  # by another server of this workspace
                self._scopes[id].cancel()

        try:
            result = await self._work[tool](id, scene, arguments, report)
        except VigaError as error:
            told = {"kind": error.kind, "what": error.what, "where": error.where, "then": error.then}
            await self._end(id, "failed", {"error": str(error), **told})
        except Exception as error:
            logger.exception("job %s failed", id)
            await self._end(id, "failed", {"error": f"unavailable: {type(error).__name__}: {error}"})
        else:
            await self._end(id, "done", result)

    async def _end(self, id: str, status: Any, result: dict[str, Any]) -> None:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(lambda: self._store.update_job(id, status=status, result=result))
