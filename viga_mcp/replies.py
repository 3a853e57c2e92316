"""What a tool hands back: text that stands by itself, then pictures, within the hosts' limits.

A result with pictures carries no structured content: some hosts drop the text, others the pictures, when they see it.
The same facts go into the result's `_meta` under `viga/...`, which models never see and programs can read.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mcp.types import CallToolResult, ContentBlock, ImageContent, TextContent
from pydantic import BaseModel

from viga_mcp import pictures
from viga_mcp.errors import VigaError
from viga_mcp.looks import Rendered
from viga_mcp.programs import CodeDiff

MAX_TEXT_CHARACTERS = 12_000


def with_pictures(
    text: str,
    shown: Sequence[tuple[str, pictures.Pixels]],
    *,
    budget_bytes: int,
    meta: Mapping[str, Any] | None = None,
) -> CallToolResult:
    """Text first, then the pictures in its order, each with its label drawn in.

    Args:
        shown: Label (empty where the picture has its own) and (H, W, 3) pixels of each picture.
        budget_bytes: For the base64 of all pictures together.
    """
    content: list[ContentBlock] = [TextContent(type="text", text=capped(text))]
    for label, pixels in shown:
        drawn = pictures.labelled(pixels, label) if label else pixels
        encoded = pictures.encode(drawn, budget_bytes // len(shown))
        content.append(ImageContent(type="image", data=encoded.base64, mime_type=encoded.mime_type))
    return CallToolResult(content=content, _meta=dict(meta) if meta else None)


def with_facts(text: str, facts: BaseModel) -> CallToolResult:
    """Text, and the same facts as structured content."""
    return CallToolResult(
        content=[TextContent(type="text", text=capped(text))], structured_content=facts.model_dump(mode="json")
    )


def refusal(error: VigaError) -> CallToolResult:
    """An error as a result: text alone, because hosts show pictures and structure of errors in odd ways."""
    return CallToolResult(content=[TextContent(type="text", text=capped(str(error)))], is_error=True)


def capped(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    half = MAX_TEXT_CHARACTERS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters left out ...]\n{text[-half:]}"


def pictures_text(rendered: Rendered) -> str:
    """Which picture is which, and how it was made."""
    lines = [f"Pictures of {rendered.revision}: {rendering_text([rendered])}."]
    for number, picture in enumerate(rendered.pictures, 1):
        height, width = picture.pixels.shape[:2]
        lines.append(f"{number}. {picture.view}, {width} x {height}: {picture.path}")
    return "\n".join([*lines, *(f"Note: {note}" for note in rendered.notes)])


def rendering_text(renders: Sequence[Rendered]) -> str:
    """Engine, samples, device and seconds of renders, in a line."""
    seconds: dict[str, float] = {}
    for rendered in renders:
        samples = f", {rendered.samples} samples" if rendered.samples else ""
        device = f" on {rendered.device}" if rendered.device else ""
        how = f"{rendered.engine}{samples}{device}"
        seconds[how] = seconds.get(how, 0.0) + rendered.seconds
    return "; ".join(f"{how}, {took:.1f} s" for how, took in seconds.items())


def code_diff_text(diff: CodeDiff, *, with_lines: bool = True) -> str:
    """The difference of two programs: literals where that is all, else lines; without lines their number alone."""
    if not diff.added and not diff.removed:
        return "no change"
    if diff.only_literals:
        return "\n".join(["", *(f"  {change}" for change in diff.literals)])
    counts = f"+{diff.added} -{diff.removed} lines"
    return f"{counts}\n{diff.unified}" if with_lines and diff.removed else counts


def json_text(value: object) -> str:
    """Plain data as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
