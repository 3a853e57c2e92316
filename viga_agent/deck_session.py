"""A run on a deck of slides: judged by what a verifier says of it, and by what the checks count."""

from anyio import to_thread

from viga_agent.folder import save_sheet
from viga_agent.session import Measured, Review, Session, Turn
from viga_agent.tasks import copy_inputs

BLANK = "pass  # a blank deck"
_WEIGHTS = {"error": 1.0, "warning": 0.3, "note": 0.05}
_MOST_FAULTS = 9.0  # they decide between equal scores, and never outweigh a point of it


class DeckSession(Session):
    """See `Session`."""

    kind = "deck"

    async def open(self, program: str | None, note: str) -> None:
        """A template, or a blank deck; nobody reviews the start."""
        names = await to_thread.run_sync(copy_inputs, self.task, self.folder.workspace)
        base = {"template": names["base"]} if "base" in names else {}
        code = {"code": program} if program else {} if base else {"code": BLANK}
        opened = await self.call("compile_slides", {**base, **code, "note": note})
        self.trajectory.record("opened", view="slides", summary=opened.text.partition("\n")[0])

    async def run(self, program: str, note: str) -> str:
        ran = await self.call("compile_slides", {"code": program, "note": note})
        return ran.facts["revision"]

    async def measure(self, turn: Turn) -> Measured:
        """All slides of the head, painted and checked."""
        shown = await self.call("compile_slides")
        self.renders += 1
        findings = shown.facts["findings"]
        metrics = {f"{severity}s": sum(f["severity"] == severity for f in findings) for severity in _WEIGHTS}
        picture = self.folder.judged_picture(self.label(self._head))
        await to_thread.run_sync(save_sheet, [one.data for one in shown.pictures], picture)
        return Measured(self._head, await self.program(self._head), metrics, shown.text, shown.pictures)

    def loss(self, measured: Measured, review: Review | None) -> float:
        """What is missing of the score, and a hundredth for each fault that the checks count; unreviewed is undone."""
        faults = sum(weight * measured.metrics[f"{severity}s"] for severity, weight in _WEIGHTS.items())
        return 1 - (review.score if review else 0) / 10 + min(faults, _MOST_FAULTS) / 100

    async def save_work(self) -> None:
        if self._kept:
            data = await self.tools.read(f"viga://decks/{self.handle}/{self._kept}/deck.pptx")
            await to_thread.run_sync(self.folder.deck.write_bytes, data)
