"""What a model is shown: the evolving memory, as a pure function of what happened and of a budget of tokens.

Task, plan and ledger are always there; the newest exchanges as they were, older ones as their rows in the ledger; and
pictures of one revision alone, so that a round costs the same however many came before. Where the budget is tight the
view is made again with less detail, until it fits.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from PIL import Image
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

from viga_agent.session import Exchange, Finding, Measured, Review, Row

Mode = Literal["off", "window", "full"]
WINDOW_ROUNDS = 3
MOST_PICTURES = 8
NOTES_SHOWN = 5
_BYTES_PER_TOKEN = 3  # of UTF-8; code takes 3 to 4, so this counts rather too many
_PER_PART = 8  # what providers add around a message, a call or a result
_TILE_PX, _PER_TILE, _PER_PICTURE = 512, 350, 90  # the dearer of what OpenAI and Anthropic count


@dataclass(frozen=True)
class Memory:
    """How much a model remembers.

    Args:
        mode: "full" is all of this module; "window" the newest rounds alone, without plan, ledger and notes (VIGA's
            own memory); "off" nothing but the state to go on from.
        tokens: Most that a request may take, with the definitions of its tools.
    """

    mode: Mode = "full"
    tokens: int = 32_000


@dataclass(frozen=True)
class Situation:
    """What there is to see in a round.

    Args:
        prompt: The role's, with the task.
        ledger: All rounds so far.
        exchanges: All of the role so far, of older rounds and of this one.
        round: The present one.
        measured: The revision to go on from, or to review.
        rejected: The newest revision, where it was worse and another one is gone on from.
        lessons: Of earlier runs.
    """

    prompt: str
    ledger: Sequence[Row]
    exchanges: Sequence[Exchange]
    round: int
    measured: Measured
    is_review: bool = False
    rejected: Row | None = None
    lessons: Sequence[str] = ()


class TooTight(Exception):
    """Task, plan and ledger alone take more than the budget; the message says how much."""


@dataclass(frozen=True)
class _Detail:
    """How much of what may be cut is shown.

    Args:
        rounds: Of the window.
        replies: Of this round.
        pictures: In all.
        answer: Characters of an older reply or result; the newest may be three times as long.
        state: Characters of what is measured, and of a review.
        program: Its characters.
        note: Characters of a row's note in the ledger; without, the row has no numbers either.
    """

    rounds: int
    replies: int
    pictures: int
    answer: int
    state: int
    program: int
    note: int


_ENDLESS = 10**9
_DETAILS = (
    _Detail(WINDOW_ROUNDS, 99, MOST_PICTURES, 24_000, 40_000, _ENDLESS, 200),
    _Detail(WINDOW_ROUNDS, 12, MOST_PICTURES, 8_000, 16_000, _ENDLESS, 200),
    _Detail(2, 12, 4, 4_000, 12_000, _ENDLESS, 160),
    _Detail(1, 6, 4, 2_000, 8_000, _ENDLESS, 120),
    _Detail(0, 4, 2, 2_000, 6_000, _ENDLESS, 80),
    _Detail(0, 3, 1, 1_000, 4_000, _ENDLESS, 60),
    _Detail(0, 2, 1, 500, 2_000, _ENDLESS, 30),
    _Detail(0, 1, 1, 300, 1_000, 20_000, 0),
    _Detail(0, 1, 0, 200, 500, 8_000, 0),
    _Detail(0, 1, 0, 100, 200, 2_000, 0),
    _Detail(0, 0, 0, 0, 0, 0, 0),
)


def view(scene: Situation, memory: Memory, reserved: int = 0) -> list[ModelMessage]:
    """The messages for a model, with as much detail as the budget allows.

    Args:
        reserved: Tokens of the request that are not messages: the definitions of its tools.

    Raises:
        TooTight: If even the least does not fit.
    """
    budget = memory.tokens - reserved
    least = 0
    for detail in _DETAILS:
        messages = _messages(scene, memory.mode, detail)
        least = tokens(messages)
        if least <= budget:
            return messages
    taken = f"{least + reserved:,} tokens, more than the {memory.tokens:,} given"
    raise TooTight(f"task, plan, ledger and tools take {taken}")


def tokens(messages: Sequence[ModelMessage]) -> int:
    """How many tokens messages take, rather too many than too few: no tokenizer of any model is asked."""
    return sum(_PER_PART + sum(_part_tokens(part) for part in message.parts) for message in messages)


def text_tokens(text: str) -> int:
    """How many tokens a text takes, counted as `tokens` does."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def plan(exchanges: Sequence[Exchange]) -> str:
    """The newest plan that was written down with `memory_write`; empty if there is none."""
    return next(reversed(_written(exchanges, {"plan"})), "")


def notes(exchanges: Sequence[Exchange]) -> list[str]:
    """Notes, findings and decisions that were written down, oldest first."""
    return _written(exchanges, {"note", "finding", "decision"})


def _messages(scene: Situation, mode: Mode, detail: _Detail) -> list[ModelMessage]:
    first = scene.round - (0 if mode == "off" else detail.rounds)
    window = [exchange for exchange in scene.exchanges if first <= exchange.round < scene.round]
    turn = [exchange for exchange in scene.exchanges if exchange.round == scene.round]
    pinned = [*_pinned(scene)] if mode == "full" else []
    now = [*_now(scene, mode, detail)]
    opening: list[ModelRequestPart] = [SystemPromptPart(scene.prompt)]
    if window:  # what changes least comes first
        opening.append(UserPromptPart("\n\n".join(pinned) or "Your newest rounds:"))
    else:
        now = pinned + now
    requests: list[ModelMessage] = []
    newest = ModelRequest(opening)
    for exchange in window:
        requests += [newest, _reply(exchange.reply, detail.answer)]
        newest = _told(exchange.answers, detail.answer, pictures=0)
    shown = scene.measured.pictures[: detail.pictures]
    content: list[UserContent] = ["\n\n".join(now), *(BinaryContent(p.data, media_type=p.mime_type) for p in shown)]
    requests.append(ModelRequest([*newest.parts, UserPromptPart(content)]))
    recent = turn[len(turn) - min(len(turn), detail.replies) :]
    for exchange in recent:
        most = detail.answer * (3 if exchange is recent[-1] else 1)
        pictures = min(detail.pictures, MOST_PICTURES - len(shown)) if exchange is recent[-1] else 0
        requests += [_reply(exchange.reply, most), _told(exchange.answers, most, pictures)]
    return requests


def _pinned(scene: Situation) -> Iterator[str]:
    if scene.lessons:
        yield "What earlier runs on this task taught:\n" + "\n".join(f"- {lesson}" for lesson in scene.lessons)
    if written := plan(scene.exchanges):
        yield f"Your plan:\n{written}"
    if kept := notes(scene.exchanges)[-NOTES_SHOWN:]:
        yield "Your newest notes (memory_read has them whole):\n" + "\n".join(f"- {_line(note, 100)}" for note in kept)


def _now(scene: Situation, mode: Mode, detail: _Detail) -> Iterator[str]:
    measured = scene.measured
    if mode == "full":
        yield _ledger(scene.ledger, detail.note)
    told = f"What the tools say of it:\n{_cut(measured.text, detail.state)}"
    if scene.is_review:
        before = next((row for row in reversed(scene.ledger) if row.review), None)
        if before and before.review and mode != "off":
            yield f"Your last review, of {before.revision}:\n{_cut(_review(before.review), detail.state)}"
        yield f"Review {measured.revision}. {told}"
        return
    program = _cut(measured.program.rstrip(), detail.program)
    yield f"The program of {measured.revision}, from which you go on:\n```python\n{program}\n```"
    yield told
    review = next((row.review for row in reversed(scene.ledger) if row.revision == measured.revision), None)
    if review:
        yield _cut(_review(review), detail.state)
    if scene.rejected and mode != "off":
        why = f"\n{_cut(_review(scene.rejected.review), detail.state)}" if scene.rejected.review else ""
        yield f"The last round, {scene.rejected.revision}, was worse and is not gone on from.{why}"


def _reply(reply: ModelResponse, most: int) -> ModelResponse:
    """A reply with what is too long in it shortened; its calls stay calls."""
    parts: list[ModelResponsePart] = []
    for part in reply.parts:
        match part:
            case ToolCallPart() if len(part.args_as_json_str()) > most:
                parts.append(replace(part, args=_short_arguments(part, most)))
            case TextPart() if len(part.content) > most:
                parts.append(replace(part, content=_cut(part.content, most)))
            case ThinkingPart() if len(part.content) > most:
                pass  # it may be signed, so it is shown whole or not at all
            case _:
                parts.append(part)
    return replace(reply, parts=parts or [TextPart("...")])


def _short_arguments(call: ToolCallPart, most: int) -> dict[str, Any]:
    try:
        arguments = call.args_as_dict(raise_if_invalid=True)
    except ValueError:
        return {}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in arguments.items()}
    return {name: _cut(text, most) for name, text in texts.items()}


def _told(answers: ModelRequest, most: int, pictures: int) -> ModelRequest:
    """What calls came to, shortened, and with so many pictures at most."""
    parts: list[ModelRequestPart] = []
    for part in answers.parts:
        if not isinstance(part, ToolReturnPart):
            parts.append(part)
            continue
        told: list[Any] = []
        for item in _items(part.content):
            if isinstance(item, BinaryContent):
                told.append(item if pictures > 0 else "[a picture that is not shown again]")
                pictures -= 1
            else:
                told.append(_cut(str(item), most))
        parts.append(replace(part, content=told[0] if len(told) == 1 else told))
    return ModelRequest(parts)


def _ledger(ledger: Sequence[Row], most: int) -> str:
    rows = "\n".join(f"| {' | '.join(_cells(row, most))} |" for row in ledger)
    head = "| round | revision | loss | score | measured | what was done |\n|---|---|---|---|---|---|"
    return f"So far (the smaller the loss the better):\n{head}\n{rows}"


def _cells(row: Row, most: int) -> Iterator[str]:
    yield str(row.round or "start")
    yield row.revision
    yield f"{row.loss:.4g}"
    yield f"{row.review.score:g}" if row.review else "-"
    measured = (f"{name} {value:.4g}" for name, value in row.metrics.items() if isinstance(value, int | float))
    yield ", ".join(measured) if most else ""
    yield _line(row.note, most).replace("|", "/") if most else ""


def _review(review: Review) -> str:
    verdict = "accepted" if review.is_accepted else "not accepted yet"
    return "\n".join([f"The reviewer: score {review.score:g} of 10, {verdict}.", *map(_finding, review.findings)])


def _finding(finding: Finding) -> str:
    return f"- {finding.severity}, {finding.where}: {finding.evidence} Mend it: {finding.fix}"


def _written(exchanges: Sequence[Exchange], kinds: set[str]) -> list[str]:
    found: list[str] = []
    for exchange in exchanges:
        answers = [part for part in exchange.answers.parts if isinstance(part, ToolReturnPart)]
        kept = {part.tool_call_id for part in answers if part.outcome == "success"}
        for call in exchange.reply.tool_calls:
            if call.tool_name == "memory_write" and call.tool_call_id in kept:
                arguments: Mapping[str, Any] = call.args_as_dict()
                if arguments.get("kind", "note") in kinds:
                    found.append(str(arguments.get("text", "")))
    return found


def _line(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}..."


def _cut(text: str, most: int) -> str:
    """A text by its beginning and its end, if it is too long."""
    if len(text) <= most:
        return text
    head, tail = text[: most * 2 // 3], text[len(text) - most // 3 :] if most >= 3 else ""
    return f"{head}\n[... {len(text) - len(head) - len(tail):,} characters left out ...]\n{tail}"


def _part_tokens(part: Any) -> int:
    match part:
        case ToolCallPart():
            return _PER_PART + text_tokens(part.tool_name) + text_tokens(part.args_as_json_str())
        case ToolReturnPart() | UserPromptPart():
            return _PER_PART + sum(_content_tokens(item) for item in _items(part.content))
        case SystemPromptPart() | TextPart():
            return _PER_PART + text_tokens(part.content)
        case _:
            return _PER_PART + text_tokens(str(getattr(part, "content", "")))


def _content_tokens(item: Any) -> int:
    if not isinstance(item, BinaryContent):
        return text_tokens(item if isinstance(item, str) else json.dumps(item, default=str))
    width, height = _size(item.data)
    return _PER_PICTURE + _PER_TILE * -(-width // _TILE_PX) * -(-height // _TILE_PX)


def _items(content: object) -> list[object]:
    return [*cast("Sequence[object]", content)] if isinstance(content, list | tuple) else [content]


def _size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size
