"""The policy for a model that is bad at numbers, as all are: it changes the structure, and a fit finds the numbers."""

import math
from dataclasses import replace

from viga_agent.limits import Limits
from viga_agent.policies.model import ModelPolicy
from viga_agent.policies.search import SearchPolicy
from viga_agent.session import Candidate, Measured, Review, Session, Turn
from viga_agent.tools import ToolFailed

FIT_RENDERS = 60  # of a round; the next one goes on where this one stopped
LEAST_RENDERS = 8


class HybridPolicy:
    """Each change of the model's is followed by a fit of the program's numbers.

    Args:
        model: Makes the changes, and reviews what came of both.
    """

    def __init__(self, model: ModelPolicy) -> None:
        self.name = "hybrid" if model.name == "hybrid" else f"hybrid {model.name}"
        self._model = model
        self._search = SearchPolicy()

    async def act(self, session: Session, here: Candidate, limits: Limits) -> Turn:
        """The model's turn, and a fit from there; the model's alone where nothing can be fitted.

        Raises:
            ToolFailed: If the model makes no change, or the server is gone.
        """
        turn = await self._model.act(session, here, limits)
        most = min(limits.max_renders, session.renders + FIT_RENDERS)
        if turn.revision is None or most - session.renders < LEAST_RENDERS:
            return turn
        try:
            changed = Candidate(turn.revision, math.inf)
            fitted = await self._search.act(session, changed, replace(limits, max_renders=most))
        except ToolFailed as error:
            if error.kind == "disconnected":
                raise
            session.trajectory.record("error", tool=error.tool, kind=error.kind, message=error.message)
            return turn
        if fitted.revision is None:
            return turn
        note = f"{turn.note} Then {fitted.note[:1].lower()}{fitted.note[1:]}"
        return replace(turn, revision=fitted.revision, changes=fitted.changes, note=note)

    async def review(self, session: Session, measured: Measured) -> Review:
        """The model's."""
        return await self._model.review(session, measured)
