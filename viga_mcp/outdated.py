"""What to tell about the outdated places of a program: after it failed, and after it was accepted. Pure.

Whoever sent `code` has the program and a failed program is nowhere else: they get the corrected lines. Whoever sent
`edits` does not: they get edits to send after their own, in the same call. An accepted program is the head's, so what
should change in it comes as edits of the head's program. Only renames are offered ready-made.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from viga_mcp.blender.changes import Version
from viga_mcp.blender.lint import Finding, Fix, lint
from viga_mcp.programs import Edit, EditError, apply_edits

MAX_PLACES = 10
MAX_EDITS = 8
_LINES_AROUND = 6


def after_failure(source: str, version: Version, failure: dict[str, Any], *, by_edits: bool) -> str:
    """The places of a failed program that would fail next, so that one answer corrects them all; '' if there are none.

    Args:
        source: The whole text that ran.
        failure: What `blender.hints.explain` said: its `line` and `hints` are not told again.
        by_edits: Whether the text came of edits of the head's program.
    """
    source = _unix(source)
    found = [finding for finding in lint(source, version) if finding.severity == "error"]
    others = [finding for finding in found if not _is_told(finding, failure)]
    if not others:
        return ""
    told: dict[str, list[int]] = {}
    for finding in others:
        text = finding.sentence
        if finding.fix:
            text = "write " + _fixed(source, [f.fix for f in others if f.fix and f.line == finding.line], finding.line)
        told.setdefault(text, []).append(finding.line)
    shown = [f"  {_at(numbers)}: {text}" for text, numbers in list(told.items())[:MAX_PLACES]]
    more = [f"  and {len(told) - MAX_PLACES} more"] if len(told) > MAX_PLACES else []
    release = f"{version[0]}.{version[1]}"
    count = len({finding.line for finding in others})
    head = f"{count} more line{'s' if count > 1 else ''} of the program will fail in Blender {release}:"
    parts = [head, *shown, *more]
    if by_edits and (ready := edits(source, [finding.fix for finding in found if finding.fix])):
        parts.append(f"Nothing of your edits was kept: send them again, followed by {_json(ready)}")
    return "\n".join(parts)


def warnings(code: str, program: Callable[[], str], version: Version) -> list[dict[str, Any]]:
    """Warnings about an accepted program: a line for each silent trap, and one for all that is deprecated.

    Args:
        code: What ran: a program or a patch; line numbers are of it.
        program: Gives the head's whole program after the run, which edits refer to.
    """
    found = lint(_unix(code), version)
    told = [
        {"kind": "outdated", "line": finding.line, "message": finding.sentence}
        for finding in found
        if finding.severity == "silent"
    ]
    deprecated = [finding for finding in found if finding.severity == "warning"]
    if deprecated:
        renames = ", ".join(dict.fromkeys(f"{finding.old} -> {finding.new}" for finding in deprecated))
        whole = _unix(program())
        ready = edits(whole, [f.fix for f in lint(whole, version) if f.severity == "warning" and f.fix])
        message = f"deprecated, and still working: {renames}" + (f"; edits: {_json(ready)}" if ready else "")
        told.append({"kind": "deprecated", "line": deprecated[0].line, "message": message})
    return told


def edits(text: str, fixes: Sequence[Fix]) -> list[Edit]:
    """Edits that make the fixes, each on the result of those before it, as `programs.apply_edits` takes them.

    Returns:
        At most `MAX_EDITS`; none if there are more, or if a place can't be told from another.
    """
    wanted = _with(text, fixes)
    made: list[Edit] = []
    now, moved = text, 0
    for group in _by_line(text, fixes):
        here = [Fix(fix.start + moved, fix.end + moved, fix.text) for fix in group]
        edit = _unique(now, here)
        if edit is None:
            return []
        made.append(edit)
        now = _with(now, here)
        moved += sum(len(fix.text) - (fix.end - fix.start) for fix in group)
    try:
        return made if len(made) <= MAX_EDITS and apply_edits(text, made) == wanted else []
    except EditError:
        return []


def _unique(text: str, fixes: Sequence[Fix]) -> Edit | None:
    """An edit of one place, with as many of the lines around it as make it unique."""
    start, end = fixes[0].start, fixes[-1].end
    for around in range(-1, _LINES_AROUND):
        if around >= 0:
            start = text.rfind("\n", 0, max(0, start - 1)) + 1 if around else text.rfind("\n", 0, start) + 1
            stop = text.find("\n", end + 1 if around else end)
            end = len(text) if stop < 0 else stop
        old = text[start:end]
        if len(re.findall(f"(?={re.escape(old)})", text)) == 1:
            return Edit(old, _with(old, [Fix(fix.start - start, fix.end - start, fix.text) for fix in fixes]))
    return None


def _by_line(text: str, fixes: Sequence[Fix]) -> list[list[Fix]]:
    groups: dict[int, list[Fix]] = {}
    for fix in sorted(fixes, key=lambda fix: fix.start):
        groups.setdefault(text.count("\n", 0, fix.start), []).append(fix)
    return list(groups.values())


def _with(text: str, fixes: Iterable[Fix]) -> str:
    for fix in sorted(fixes, key=lambda fix: fix.start, reverse=True):
        text = text[: fix.start] + fix.text + text[fix.end :]
    return text


def _fixed(source: str, fixes: list[Fix], line: int) -> str:
    """A line with its fixes made; of several lines the first."""
    lines = source.split("\n")
    start = sum(len(text) + 1 for text in lines[: line - 1])
    end = max(start + len(lines[line - 1]), *(fix.end for fix in fixes))
    moved = [Fix(fix.start - start, fix.end - start, fix.text) for fix in fixes]
    return _with(source[start:end], moved).strip()


def _is_told(finding: Finding, failure: dict[str, Any]) -> bool:
    if finding.line != failure.get("line"):
        return False
    hints: list[str] = failure.get("hints") or []
    return finding.sentence in hints or not finding.fix


def _at(lines: list[int]) -> str:
    unique = list(dict.fromkeys(lines))
    return f"line {unique[0]}" if len(unique) == 1 else f"lines {', '.join(map(str, unique))}"


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _json(ready: Sequence[Edit]) -> str:
    return json.dumps([edit._asdict() for edit in ready], ensure_ascii=False)
