"""What can go wrong, in the words a model acts on.

Every failure that a smarter caller could have avoided is a `VigaError`; `server.call_tool` alone turns it into an
`isError` result. The text is `KIND: what happened`, then where, then what to do next with the names that exist.
"""

import difflib
from collections.abc import Iterable
from typing import Literal, get_args

Kind = Literal[
    "syntax_error",
    "runtime_error",
    "timeout",
    "crash",
    "memory_limit",
    "forbidden",
    "not_found",
    "invalid_argument",
    "busy",
    "unavailable",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class VigaError(Exception):
    """A failed request, told so that the caller can do better.

    Args:
        kind: One of the ten kinds of the tool contract.
        what: What happened, one sentence.
        where: The place: a line of the program with its neighbours, a path, a parameter. May be empty.
        then: What to do next, with the names that exist. May be empty.
    """

    def __init__(self, kind: Kind, what: str, *, where: str = "", then: str = "") -> None:
        super().__init__(what)
        self.kind: Kind = kind
        self.what = what
        self.where = where
        self.then = then

    def __str__(self) -> str:
        return "\n".join(part for part in (f"{self.kind}: {self.what}", self.where, self.then) if part)


def names_that_exist(name: str, names: Iterable[str], what: str, *, limit: int = 12) -> str:
    """`Did you mean 'Cube'? Objects: 'Cube', 'Lamp'.`, nearest first; for the last part of a "not_found"."""
    known = list(names)
    if not known:
        return f"There are no {what.lower()}."
    folded = {known_name.lower(): known_name for known_name in known}
    near = [folded[match] for match in difflib.get_close_matches(name.lower(), folded, 3, 0.6)]
    shown = [*near, *(other for other in known if other not in near)][:limit]
    more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    suggestion = f"Did you mean {near[0]!r}? " if near else ""
    return f"{suggestion}{what}: {', '.join(map(repr, shown))}{more}."
