"""What earlier runs on a task taught, told from their events. Pure but for finding them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from viga_agent.story import Story, tell
from viga_agent.trajectory import Event, read_events

MOST_RUNS, MOST_LESSONS = 3, 12
_SHOWN = 240
_ROUNDS_TOLD = 3
_WORTH_KEEPING = frozenset({"finding", "decision"})


def earlier_lessons(runs: Path, task: str) -> list[str]:
    """Of the newest runs on a task among the run folders of a folder; unreadable ones are passed over."""
    found: list[tuple[str, list[str]]] = []
    for path in runs.glob("*/events.jsonl"):
        try:
            events = read_events(path)
            story = tell(events)
        except (OSError, ValueError, KeyError):
            continue
        if story.task["name"] == task:
            found.append((story.started, lessons(story, events)))
    newest = [told for _, told in sorted(found, key=lambda one: one[0], reverse=True)[:MOST_RUNS]]
    return [lesson for told in newest for lesson in told][:MOST_LESSONS]


def lessons(story: Story, events: Sequence[Event]) -> list[str]:
    """How a run went, what helped, what did not, and what its models wrote down as findings and decisions."""
    return [" ".join(lesson.split())[:_SHOWN] for lesson in _lessons(story, events)]


def _lessons(story: Story, events: Sequence[Event]) -> Iterator[str]:
    if story.start is None or story.best is None:
        return
    way = f"{story.start.loss:.4g} -> {story.best.loss:.4g}"
    yield f"A run ({story.settings['policy']}) took the loss {way} in {story.rounds} rounds; it ended: {story.reason}."
    rounds = [judged for judged in story.judged if judged.round and judged.note]
    for judged in [judged for judged in rounds if judged.is_kept][-_ROUNDS_TOLD:]:
        yield f"Helped (loss {judged.loss:.4g} after it): {judged.note}"
    for judged in [judged for judged in rounds if not judged.is_kept][-_ROUNDS_TOLD:]:
        yield f"Did not help (loss {judged.loss:.4g} after it): {judged.note}"
    for event in events:
        arguments: Mapping[str, Any] = event.get("arguments", {})
        is_written = event["event"] == "tool_call" and event["tool"] == "memory_write"
        if is_written and arguments.get("kind") in _WORTH_KEEPING and "earlier-run" not in arguments.get("tags", ()):
            yield f"Written down: {arguments.get('text', '')}"
