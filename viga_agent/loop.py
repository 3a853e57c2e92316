"""The loop: act, judge, keep the best. The start is a candidate, so a run never ends worse than it began."""

import contextlib
from dataclasses import dataclass
from typing import Protocol

from viga_agent.limits import Limits, exhausted
from viga_agent.session import Candidate, Measured, Review, Session, Turn
from viga_agent.tools import ToolFailed

RETRIES = 2
MARGIN = 0.1
"""A round that made it worse by no more may be a step on the way to something better: the next one goes on from it."""


class Policy(Protocol):
    """Who makes the changes."""

    @property
    def name(self) -> str: ...

    async def act(self, session: Session, here: Candidate, limits: Limits) -> Turn:
        """Change the work, whose head is at `here`, within what `limits` leave over `session.spent`."""
        ...

    async def review(self, session: Session, measured: Measured) -> Review | None:
        """What a verifier says of a revision; None from a policy without one."""
        ...


@dataclass(frozen=True)
class Ending:
    """Why the loop stopped; `is_failure` if errors kept it from judging a single change."""

    best: Candidate
    reason: str
    is_failure: bool = False


async def solve(session: Session, policy: Policy, limits: Limits) -> Ending:
    """Run rounds until a limit, a plateau, or more errors than retries help against.

    Raises:
        ToolFailed: If the start itself can't be opened, run or judged.
    """
    start = best = here = await session.begin()
    await session.keep(best)
    failures = 0
    while not (reason := exhausted(limits, session.spent)):
        session.round += 1
        try:
            await session.go_to(here.revision)
            turn = await policy.act(session, here, limits)
            if turn.revision is None:
                reason, failures = turn.note or "nothing better found", 0
                break
            if turn.revision == here.revision:
                reason = session.stalled(is_better=False)
            else:
                measured = await session.measure(turn)
                review = await policy.review(session, measured)
                candidate = session.judge(turn, measured, review)
                is_better = candidate.loss < best.loss if turn.is_chosen is None else turn.is_chosen
                reason = session.settled(best, candidate, review, is_better=is_better)
                if is_better:
                    await session.keep(candidate)
                    best = candidate
                here = best if candidate.loss > (1 + MARGIN) * best.loss else candidate
        except ToolFailed as error:
            failures += 1
            session.trajectory.record("error", tool=error.tool, kind=error.kind, message=error.message)
            session.lost_track()
            here = best
            if error.is_transient and failures <= RETRIES:
                continue
            reason = f"stopped by an error: {error}"
            break
        failures = 0
        if reason:
            break
    with contextlib.suppress(ToolFailed):  # where the head stands does not touch the result, which is read by its id
        await session.go_to(best.revision)
    return Ending(best, reason, is_failure=failures > 0 and best is start)
