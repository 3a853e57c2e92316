"""What a person sees while a run goes on: one line that updates on a terminal, calm lines elsewhere."""

import shutil
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from viga_agent.chapters import Cost, add_up
from viga_agent.story import Story
from viga_agent.trajectory import Event

LEAST_PAUSE_S = 10.0
CLEAR_LINE = "\r\x1b[2K"


class Terminal:
    """Shows events as they come.

    Args:
        stream: Where to; a terminal gets a line that is written over.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._shown_t = 0.0
        self._shown_loss: float | None = None
        self._spent: list[Mapping[str, Any] | None] = []

    def show(self, event: Event) -> None:
        if event["event"] == "reply":
            self._spent.append(event.get("spent"))
        line = _line(event)
        if line is None:
            return
        if event["event"] == "judged":
            line += _paid(add_up(self._spent))
        text = f"{event['t']:7.1f} s  {line}"
        if event["event"] not in {"progress", "tool_call"}:
            self._write(text, stays=True)
        elif self._is_terminal:
            self._write(text[: shutil.get_terminal_size().columns - 1], stays=False)
        elif event["event"] == "progress" and self._is_news(event):
            self._write(text, stays=True)

    def _is_news(self, event: Event) -> bool:
        """Without a terminal, a line for a loss a tenth lower, or after ten quiet seconds."""
        loss = event["loss"]
        is_better = loss is not None and (self._shown_loss is None or loss < 0.9 * self._shown_loss)
        if not is_better and event["t"] - self._shown_t < LEAST_PAUSE_S:
            return False
        self._shown_t, self._shown_loss = event["t"], loss if is_better else self._shown_loss
        return True

    def _write(self, text: str, *, stays: bool) -> None:
        clear = CLEAR_LINE if self._is_terminal else ""
        self._stream.write(f"{clear}{text}{chr(10) if stays else ''}")
        self._stream.flush()


def _line(event: Event) -> str | None:
    describe = _LINES.get(event["event"])
    return describe(event) if describe else None


def _judged(event: Event) -> str:
    what = "start" if event["round"] == 0 else f"round {event['round']}"
    text = f"{what}: {event['revision']} has loss {event['loss']:.6f} after {event['renders']} renders"
    if review := event.get("review"):
        text += f"; {review['verdict']}, score {review['score']:g}, {counted(len(review['findings']), 'finding')}"
    return text


def _progress(event: Event) -> str:
    loss = "" if event["loss"] is None else f", loss {event['loss']:.6f}"
    return f"round {event['round']}: {event['renders']} renders{loss}"


def _choice(event: Event) -> str:
    winner = event["winner"]
    said = f"keeps {event[winner]}" if winner else "can't decide between them"
    return f"round {event['round']}: the judge of {event['a']} and {event['b']} {said}"


_LINES: dict[str, Callable[[Event], str]] = {
    "run_started": lambda e: f"task {e['task']['name']}: {(e['task']['text'] or e['task']['kind']).splitlines()[0]}",
    "opened": lambda e: (
        f"opened in Blender {e['blender']}, target seen from {e['view']}" if "blender" in e else e["summary"]
    ),
    "tool_call": lambda e: f"{e['tool']} ...",
    "judged": _judged,
    "progress": _progress,
    "candidate": lambda e: f"round {e['round']}: candidate {e['branch']}, {e['revision']}, has loss {e['loss']:.6f}",
    "choice": _choice,
    "reply_failed": lambda e: f"round {e['round']}: the {e['role']}'s reply failed: {_first_line(e['message'])}",
    "retry": lambda e: f"the {e['role']} is asked again in {e['wait_s']:g} s: {_first_line(e['message'])}",
    "run_resumed": lambda _: "resumed",
    "error": lambda e: f"error in {e['tool']}: {_first_line(e['message'])}",
    "run_ended": lambda e: f"{e['status']}: {e['reason']}",
}


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def summary(story: Story, folder: str) -> str:
    """The last words of a run."""
    lines = [f"{story.task['name']}: {verdict(story)} ({story.reason})"]
    if story.start and story.best:
        lines.append(f"loss     {story.start.loss:.6f} -> {story.best.loss:.6f}")
    lines.append(
        f"spent    {story.renders} renders, {counted(story.rounds, 'round')}, {story.seconds:.1f} s{_paid(story.cost)}"
    )
    if story.changes:
        lines.append(f"changed  {counted(len(story.changes), 'number')}")
        lines += [f"           line {c.line}: {c.name} {c.before} -> {c.after}" for c in story.changes[:12]]
        lines += [f"           and {len(story.changes) - 12} more"] if len(story.changes) > 12 else []
    lines.append(f"folder   {folder}")
    if story.best:
        lines.append(f"         report.html, program.py, {story.work}, result.png, result.json")
    return "\n".join(lines)


def _paid(cost: Cost | None) -> str:
    if cost is None:
        return ""
    price = "of unknown price" if cost.money is None else f"for {cost.money:.3f} USD"
    return f", {cost.input:,} + {cost.output:,} tokens {price}"


def verdict(story: Story) -> str:
    """How it went, in two or three words."""
    if story.status == "failed":
        return "failed"
    if story.ratio is None:
        return story.status
    if story.is_scored:
        score = f"score {story.best.review['score']:g} of 10" if story.best and story.best.review else "not reviewed"
        return score + ("" if story.status == "done" else f", {story.status}")
    if story.ratio >= 1:
        return "the start is the result"
    gained = f"{1 / story.ratio:.3g}" if story.ratio > 0 else "infinitely many"
    return f"{gained} times closer" + ("" if story.status == "done" else f", {story.status}")


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
