"""What a run that failed tells its user: what happened, on which line, what to do, and that nothing was changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from viga_mcp import programs
from viga_mcp.errors import Kind, VigaError
from viga_mcp.revisions import Noun, Revision
from viga_mcp.worker import Death

BLENDER_ADVICE: dict[Kind, str] = {
    "timeout": "Do less in one run, or pass a larger timeout_s.",
    "crash": "Blender itself died, not just the program: avoid the call on that line, or check its arguments.",
    "memory_limit": "Use lighter geometry (fewer subdivisions, smaller arrays).",
}


def unchanged(head: Revision, noun: Noun = "scene") -> str:
    """The assurance that ends every error of a run."""
    return f"Nothing was changed: {noun} {head.scene!r} is at {head.id}."


def dead(
    death: Death,
    code: str,
    assurance: str,
    *,
    timeout_s: float | None = None,
    advice: Mapping[Kind, str] = BLENDER_ADVICE,
) -> VigaError:
    """The death of a process as an error.

    Args:
        code: What ran, for an excerpt; may be empty.
        assurance: What the user still has.
        timeout_s: The limit that the program had, if it was one.
        advice: What to do, by the kind of death.
    """
    at = f" at line {death.line}" if death.line else ""
    what = {
        "timeout": f"The program was stopped after {timeout_s:g} s{at}." if timeout_s else "The time limit passed.",
        "crash": f"{death.what[0].upper()}{death.what[1:]}{at}.",
        "memory_limit": f"{death.what[0].upper()}{death.what[1:]}{at}.",
    }[death.kind]
    where = [programs.excerpt(code, death.line)] if code and death.line else []
    if death.output.strip():
        where.append(f"It had printed:\n{death.output.strip()}")
    return VigaError(death.kind, what, where="\n".join(where), then=f"{advice[death.kind]} {assurance}")


def failed(
    failure: dict[str, Any], warnings: Sequence[dict[str, Any]], output: str, assurance: str, others: str
) -> VigaError:
    """The failure of a program, as `blender.script` tells it, as an error.

    Args:
        output: What the program had printed.
        others: What else `outdated.after_failure` knows about its lines.
    """
    at = f" in line {failure['line']}" if failure.get("line") else ""
    where = [failure.get("excerpt") or ""]
    if failure.get("calls"):
        where.append("Called from " + ", ".join(str(call) for call in failure["calls"]))
    where += [f"Warning: {warning_text(warning)}" for warning in warnings]
    if output.strip():
        where.append(f"It had printed:\n{output.strip()}")
    hints = "\n".join(f"Hint: {hint}" for hint in failure.get("hints", ()))
    return VigaError(
        failure["kind"],
        f"{failure['exception']}: {failure['message']}{at}",
        where="\n".join(part for part in where if part),
        then="\n".join(part for part in (hints, others, assurance) if part),
    )


def warning_text(warning: dict[str, Any]) -> str:
    """A warning of `blender.watch` as one line."""
    return (f"line {warning['line']}: " if warning.get("line") else "") + str(warning["message"])
