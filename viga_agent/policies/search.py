"""The policy without a model: let the server fit the program's numbers, as often as that gains something."""

import re

from viga_agent.limits import Limits
from viga_agent.session import Candidate, Measured, Session, Turn
from viga_agent.tools import OnProgress, ToolFailed
from viga_mcp.results import Fit, JobState

WAIT_S = 30.0
TRIAL_SLICE = 40  # with a limit on time: to learn what a render takes here
_LOSS = re.compile(r"\bloss ([-+.\de]+)")


class SearchPolicy:
    """Fits all numbers that matter. The structure of the program stays as it is."""

    name = "search"

    def __init__(self) -> None:
        self._seconds_per_render: float | None = None

    async def act(self, session: Session, here: Candidate, limits: Limits) -> Turn:
        """One fit, from where the head is; None as revision if it found nothing better."""
        renders_left = limits.max_renders - session.renders - 1  # one to judge
        seconds_left = None if limits.budget_s is None else limits.budget_s - session.spent.seconds
        started, before = session.spent.seconds, session.renders
        fit = await self._fit(session, self._slice(renders_left, seconds_left), seconds_left)
        session.renders = before + fit.renders
        if fit.renders and session.spent.seconds > started:
            self._seconds_per_render = (session.spent.seconds - started) / fit.renders
        if fit.status == "cancelled" and fit.revision is None:
            return Turn(None, note=f"budget of {limits.budget_s:g} s used")
        if fit.status not in {"done", "cancelled"}:
            raise ToolFailed("fit_parameters", "unavailable", fit.message or f"the fit ended as {fit.status!r}")
        if fit.revision is None or fit.revision == here.revision:
            return Turn(None, note=fit.message.partition("\n")[0].rstrip("."))
        return Turn(fit.revision, [change.model_dump() for change in fit.changes], fit.message.partition("\n")[0])

    async def review(self, session: Session, measured: Measured) -> None:
        """Nobody: the loss tells."""

    def _slice(self, renders_left: int, seconds_left: float | None) -> int:
        """All that is left: a fit stops by itself when it is done. With a limit on time, what fits into it."""
        if seconds_left is not None:
            rate = self._seconds_per_render
            renders_left = min(renders_left, TRIAL_SLICE if rate is None else int(0.8 * seconds_left / rate))
        return max(2, renders_left)

    async def _fit(self, session: Session, max_renders: int, seconds_left: float | None) -> Fit:
        deadline = None if seconds_left is None else session.spent.seconds + seconds_left
        progress = _progress(session)
        reply = await session.call(
            "fit_parameters", {"max_renders": max_renders, "wait_s": _wait_s(session, deadline)}, progress
        )
        fit = Fit.model_validate(reply.facts)
        while fit.status == "running":
            is_late = deadline is not None and session.spent.seconds >= deadline
            tool, arguments = ("cancel_job", {}) if is_late else ("get_job", {"wait_s": _wait_s(session, deadline)})
            reply = await session.call(tool, {"job_id": fit.job_id, **arguments}, progress)
            job = JobState.model_validate(reply.facts)
            result = job.result or {}
            fit = Fit.model_validate(
                {
                    "message": result.get("error", ""),
                    **result,
                    "scene": fit.scene,
                    "job_id": fit.job_id,
                    "status": job.status,
                }
            )
        return fit


def _progress(session: Session) -> OnProgress:
    """Turns the fit's progress into events: one for each render or better loss, none for mere signs of life."""
    before = session.renders
    seen: tuple[int, float | None] = (-1, None)

    async def record(progress: float, total: float | None, message: str | None) -> None:
        nonlocal seen
        found = _LOSS.search(message or "")
        now = (int(progress), float(found[1]) if found else None)
        if now != seen:
            seen = now
            session.renders = before + now[0]
            session.progress(session.renders, now[1], message or "")

    return record


def _wait_s(session: Session, deadline: float | None) -> float:
    return WAIT_S if deadline is None else max(0.0, min(WAIT_S, deadline - session.spent.seconds))
