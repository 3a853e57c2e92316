# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Which rows of the change table explain an exception, in words for one version of Blender."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from viga_mcp.blender.changes import CHANGES, NEVER, Change, Kind, Version


@dataclass(frozen=True)
class Symptom:
    """The name that an exception complains about, and the class it was asked of ('' where the text does not say)."""

    kind: Kind
    name: str
    owner: str = ""


_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("attribute", r"'(?P<owner>[\w.]+)' object has no attribute '(?P<name>\w+)'"),
    ("attribute", r"(?P<owner>bpy_prop_collection): attribute \"(?P<name>\w+)\" not found"),
    ("attribute", r"attribute \"(?P<name>\w+)\" from \"(?P<owner>\w+)\" is read-only"),
    ("attribute", r"(?P<owner>BMeshOpsModule): operator \"(?P<name>\w+)\" doesn't exist"),
    ("attribute", r"module '(?P<owner>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    ("attribute", r"cannot import name '(?P<name>\w+)' from '(?P<owner>[\w.]+)'"),
    ("key", r"key \"(?P<name>[^\"]*)\" not found"),
    ("enum", r"enum \"(?P<name>[^\"]*)\" not found"),
    ("node", r"Node type (?P<name>\w+) undefined"),
    ("operator", r"operator \"bpy\.ops\.(?P<name>[\w.]+)\" error, could not be found"),
    ("keyword", r"keyword \"(?P<name>\w+)\" (?:unrecognized|is invalid)"),
    ("keyword", r"invalid keyword argument\(s\) \((?P<name>\w+)"),
    ("keyword", r"unexpected keyword argument '(?P<name>\w+)'"),
    ("module", r"No module named '(?P<name>\w+)"),
)


def read_symptom(message: str) -> Symptom | None:
    """What an exception's text complains about, in the words of Blender 4.2 to 5.2."""
    for kind, pattern in _PATTERNS:
        if match := re.search(pattern, message):
            return Symptom(kind, match["name"], match.groupdict().get("owner") or "")
    return None


def match_changes(message: str, line: str, version: Version, changes: tuple[Change, ...] = CHANGES) -> list[str]:
    """Sentences from the rows that explain an exception, rows of the installed version's own changes first.

    Args:
        message: The text of the exception.
        line: The source of the failing statement.
        version: Installed version, as (5, 2).
        changes: The table.

    Returns:
        One sentence a row that matches: for an old spelling in a version that dropped it, and for a new spelling in a
        version that does not have it yet.
    """
    symptom = read_symptom(message)
    return [hint for change in changes if (hint := _explain_change(change, symptom, message, line, version))]


def sentence(change: Change, name: str, version: Version) -> str:
    """What to write instead of an old name of a row that applies, or of a new one that came later.

    Args:
        name: The spelling in the program; for rows that are told in words, those are used.
    """
    if change.kind == "message":
        return _forward(change, change.old, change.new, version)
    if change.kind in {"shape", "silent"}:
        since = "" if change.since == NEVER else f" (since {_text(change.since)})"
        return f"Instead of {change.old}{since}: {change.new}. {change.advice}".rstrip()
    if change.applies(version):
        new = next(iter(replacements(change, name)), change.new)
        if change.severity == "warning":
            text = f"{name!r} is deprecated since {_text(change.since)}: use {_code(new, change.kind)}."
            return f"{text} {change.advice}".rstrip()
        return _forward(change, name, new, version)
    return _backward(change, name, version)


def _explain_change(change: Change, symptom: Symptom | None, message: str, line: str, version: Version) -> str | None:
    if change.kind == "message":
        if change.applies(version) and re.search(change.on, f"{message}\n{line}"):
            return _forward(change, change.old, change.new, version)
        return None
    if symptom is None or symptom.kind != change.kind:
        return None
    if change.on and not any(re.search(change.on, where) for where in (symptom.owner, line, message)):
        return None
    if change.applies(version):
        return next((_forward(change, symptom.name, new, version) for new in replacements(change, symptom.name)), None)
    if version < change.since and _is_one_of(symptom.name, change.arrived):
        return _backward(change, symptom.name, version)
    return None


def replacements(change: Change, name: str) -> Iterator[str]:
    """The replacement of each of the row's old names that `name` is."""
    olds, news = change.old.split("|"), change.new.split("|")
    for index, old in enumerate(olds):
        if old and fnmatchcase(name, old):
            yield news[index] if len(news) == len(olds) else change.new


def _counterpart(change: Change, arrived: str) -> str:
    """What to write, in an older version, for a name that came with the row's version."""
    olds, names = (change.before or change.old).split("|"), change.arrived.split("|")
    if len(olds) == len(names):
        olds = [olds[names.index(arrived)]]
    return " or ".join(_code(old, change.kind) for old in olds)


def _is_one_of(name: str, names: str) -> bool:
    """Whether a name is one of a row's names, which may have wildcards."""
    return any(fnmatchcase(name, pattern) for pattern in names.split("|"))


def _backward(change: Change, name: str, version: Version) -> str:
    old = _counterpart(change, name)
    return f"Blender {_text(version)} has no {name!r}, it came with {_text(change.since)}: use {old}."


def _forward(change: Change, old: str, new: str, version: Version) -> str:
    if change.kind == "message":
        told = _code(new)
        text = f"For {old}: {told}." if change.since == NEVER else (
            f"In Blender {_text(version)}, instead of {_code(old)} (since {_text(change.since)}): {told}."
        )  # fmt: skip
    else:
        is_needless = new.startswith("nothing")
        action = new.replace("nothing", "it is not needed", 1) if is_needless else f"use {_code(new, change.kind)}"
        what = f"Blender has no {old!r}" if change.since == NEVER else (
            f"In Blender {_text(version)} there is no {old!r} (since {_text(change.since)})"
        )  # fmt: skip
        text = f"{what}: {action}."
    return f"{text} {change.advice}".rstrip()


def _code(text: str, kind: Kind = "message") -> str:
    """In quotes if it is one name or one expression; words quote their code themselves."""
    if "`" in text or text[:1] == "'" or (" " in text and not any(mark in text for mark in (" = ", "(", "["))):
        return repr(text) if kind == "key" and "`" not in text and "'" not in text else text
    return repr(text) if kind in {"key", "enum", "node"} else f"`{text}`"


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
