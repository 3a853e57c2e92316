"""Which rows of the change table speak about a name. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from viga_mcp.api_search import words_of
from viga_mcp.blender.changes import CHANGES, NEVER, Change, Version

MAX_ROWS = 5
_IN_CODE = ("attribute", "key", "enum", "node", "operator", "keyword", "module")


@dataclass(frozen=True)
class Changed:
    """A row, and the names of it that a query is about.

    Attributes:
        old: The old spelling; empty where only newer names came.
        new: What to write instead.
        applies: Whether the old spelling fails (or deceives) in the installed version.
    """

    change: Change
    old: str
    new: str
    applies: bool

    def text(self, version: Version) -> str:
        """One line: `'Specular' -> 'Specular IOR Level' (since 4.0, fails in 5.2)`."""
        change, here = self.change, f"{version[0]}.{version[1]}"
        if not self.old:
            state = "there" if version >= change.since else f"not in {here}, write {change.before}"
            return f"{self.new} (came with {_text(change.since)}, {state}). {change.advice}".rstrip()
        fails = {"error": "fails", "silent": "gives a wrong result", "warning": "is deprecated"}[change.severity]
        since = "never worked" if change.since == NEVER else f"since {_text(change.since)}"
        if self.applies:
            state = since if change.since == NEVER else f"{since}, the old {fails} in {here}"
        elif version < change.since:
            state = f"{since}; in {here} the old is right"
        else:
            state = f"only from {_text(change.since)} to before {_text(change.until or change.since)}"
        return f"{self.old} -> {self.new} ({state}). {change.advice}".rstrip()


def changes_about(query: str, version: Version, *, owner: str = "", limit: int = MAX_ROWS) -> list[Changed]:
    """Rows that have a name of the query as an old or a new spelling, those of the installed version first.

    Args:
        query: A path, an expression, a name or words.
        owner: The type that the query asks for a member of, where it is known: other types' rows are left out.
    """
    names = list(_names(query))
    found: list[tuple[int, Changed]] = []
    for order, change in enumerate(CHANGES):
        matched = _match(change, names, query, version)
        if matched and not (owner and change.on and not re.search(change.on, f"{owner}\n{query}")):
            found.append(((not matched.applies) * 1000 + order, matched))
    return [matched for _, matched in sorted(found, key=lambda pair: pair[0])[:limit]]


def codes(text: str) -> Iterator[str]:
    """The names and expressions in a row's replacement, which may be code or words around code in backticks."""
    statements = [s.strip() for code in re.findall(r"`([^`]+)`", text) or [text] for s in code.split(";")]
    sides = [statement.partition(" = ") for statement in statements]
    yield from (left for left, _, right in sides if "." in left or not right)
    yield from (right for left, _, right in sides if right and "." not in left)


def _match(change: Change, names: list[str], query: str, version: Version) -> Changed | None:
    applies = change.applies(version)
    if change.kind not in _IN_CODE:
        keys = re.findall(r"\[['\"](\w{4,})['\"]\]", query)
        identifiers = {word for word in re.findall(r"\w+", change.old) if "_" in word}
        wanted = {word for word in words_of(query) if len(word) > 2}
        is_about = (
            any(key in change.old for key in keys)
            or not identifiers.isdisjoint(names)
            or (len(wanted) > 1 and wanted <= {*words_of(change.old)})
        )
        return Changed(change, change.old, change.new, applies) if is_about else None
    olds, news = change.old.split("|"), change.new.split("|")
    for index, old in enumerate(olds):
        if old and _is_named(old, names):
            return Changed(change, _shown(old, change), _shown(news[index], change) if len(news) == len(olds)
                           else change.new, applies)  # fmt: skip
    arrived = change.arrived.split("|")
    for index, new in enumerate(arrived):
        if new and _is_named(new, names):
            before = (change.before or change.old).split("|")
            old = before[index] if len(before) == len(arrived) else before[0] if change.old else ""
            return Changed(change, _shown(old, change) if change.old else "", _shown(new, change), applies)
    return None


def _is_named(name: str, names: Iterable[str]) -> bool:
    """Whether a name of the table, maybe with `*`, is one of the query's."""
    folded = name.lower()
    return any(fnmatchcase(asked, folded) for asked in names)


def _names(query: str) -> Iterator[str]:
    """The names a query may mean, in lower case: the whole, its last part, the keys and strings in it."""
    text = query.strip().lower()
    yield text
    yield from re.findall(r"['\"]([^'\"]+)['\"]", text)
    path = re.sub(r"\(.*", "", text).removeprefix("bpy.ops.")
    yield path
    yield ".".join(path.split(".")[-2:])
    if "." in path or "_" in path:
        yield from (part for part in re.split(r"[.\s\[\]'\"]+", path)[-1:] if part)


def _shown(name: str, change: Change) -> str:
    return repr(name) if change.kind in {"key", "enum", "node"} and "`" not in name and "'" not in name else name


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
