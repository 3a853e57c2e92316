"""A run from task to report: a server of its own, the loop, and whatever happens a readable folder."""

import contextlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import anyio
from mcp import MCPError

from viga_agent import loop
from viga_agent.deck_session import DeckSession
from viga_agent.folder import RunFolder, save_png
from viga_agent.limits import Limits
from viga_agent.motion_session import MotionSession
from viga_agent.report import write_report
from viga_agent.scene_session import SceneSession
from viga_agent.session import Session
from viga_agent.story import Story, result, tell
from viga_agent.tasks import Task
from viga_agent.tools import ToolFailed, Tools, connect
from viga_agent.trajectory import Event, Trajectory, read_events

LAST_WORDS_S = 15.0
SESSIONS: Mapping[str, type[Session]] = {"slides": DeckSession, "dynamic": MotionSession}


async def run_task(
    task: Task,
    folder: RunFolder,
    policy: loop.Policy,
    limits: Limits,
    *,
    arguments: Sequence[str] = (),
    lessons: Sequence[str] = (),
    server_options: Sequence[str] = (),
    on_event: Callable[[Event], None] | None = None,
    resumed: Sequence[Event] | None = None,
) -> Story:
    """Run a task. The folder is complete when this returns, and when it is cancelled.

    Args:
        arguments: The command line, for who runs or resumes it again.
        lessons: Of earlier runs, for its models.
        server_options: More of the server's command line.
        on_event: Called with every event as it happens.
        resumed: The past of a run in this folder that goes on; None for a new one.

    Raises:
        InUse: If the folder's run is still going on.
    """
    with Trajectory(folder.events, on_event, resumed or ()) as trajectory:
        if task.target:
            save_png(task.target.read_bytes(), folder.picture("target"))
        settings = _settings(task, policy, limits, arguments, lessons, server_options)
        if resumed is None:
            trajectory.record("run_started", **settings)
        else:
            trajectory.record("run_resumed", recalled=len(resumed), settings=settings["settings"])
            if not resumed:
                folder.empty_workspace()
        status, reason = "interrupted", "stopped by the user"
        try:
            ending = await _with_server(task, folder, policy, limits, lessons, server_options, trajectory)
            status, reason = "failed" if ending.is_failure else "done", ending.reason
        except ToolFailed as error:
            status, reason = "failed", str(error)
        except Exception as error:
            status, reason = "failed", f"a fault of viga-agent's own: {error!r}"
            raise
        finally:
            trajectory.record("run_ended", status=status, reason=reason)
            story = finish(folder)
    return story


def finish(folder: RunFolder) -> Story:
    """Write `result.json` and `report.html` from the events and pictures in the folder.

    Raises:
        ValueError: If the events can't be read.
    """
    story = tell(read_events(folder.events))
    folder.save_result(result(story))
    write_report(story, folder)
    return story


async def _with_server(
    task: Task,
    folder: RunFolder,
    policy: loop.Policy,
    limits: Limits,
    lessons: Sequence[str],
    server_options: Sequence[str],
    trajectory: Trajectory,
) -> loop.Ending:
    ending: loop.Ending | ToolFailed | None = None
    with folder.server_log.open("a", encoding="utf-8") as log:
        try:
            async with connect(folder.workspace, options=tuple(server_options), log=log) as client:
                kind = SESSIONS.get(task.kind, SceneSession)
                session = kind(task, folder, Tools(client, trajectory), trajectory, lessons=lessons)
                try:
                    ending = await _solve(session, policy, limits)
                except ToolFailed as error:  # kept out of the exception group that the client's tasks would make of it
                    ending = error
        except* (MCPError, OSError) as errors:
            trajectory.record("error", tool="viga-mcp", kind="disconnected", message=repr(errors))
    if isinstance(ending, loop.Ending):
        return ending
    raise ending or ToolFailed("viga-mcp", "disconnected", f"the server did not start: {_last_words(folder)}")


async def _solve(session: Session, policy: loop.Policy, limits: Limits) -> loop.Ending:
    """The loop, and its result's file in the folder."""
    try:
        ending = await loop.solve(session, policy, limits)
    except anyio.get_cancelled_exc_class():
        with anyio.move_on_after(LAST_WORDS_S, shield=True), contextlib.suppress(ToolFailed):
            await session.save_work()
        raise
    try:
        await session.save_work()
    except ToolFailed as error:
        return replace(ending, reason=f"{ending.reason}; its file could not be fetched: {error}", is_failure=True)
    return ending


def _last_words(folder: RunFolder) -> str:
    lines = folder.server_log.read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line.strip(" |") for line in lines if any(character.isalpha() for character in line)]
    return f"{telling[-1] if telling else 'it said nothing'} ({folder.server_log.name})"


def _settings(
    task: Task,
    policy: loop.Policy,
    limits: Limits,
    arguments: Sequence[str],
    lessons: Sequence[str],
    server_options: Sequence[str],
) -> Event:
    return {
        "task": {
            "name": task.name,
            "folder": str(task.folder),
            "kind": task.kind,
            "text": task.text,
            "base": task.base_name,
        },
        "settings": {
            "policy": policy.name,
            "arguments": list(arguments),
            "directory": str(Path.cwd()),
            "lessons": list(lessons),
            "max_renders": limits.max_renders,
            "rounds": limits.rounds,
            "budget_s": limits.budget_s,
            "server": list(server_options),
        },
        "versions": {"viga-agent": _version(), "Python": platform.python_version()},
    }


def _version() -> str:
    try:
        return version("viga-mcp")
    except PackageNotFoundError:
        return "source"
