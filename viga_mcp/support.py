"""What holds what: groups of things that touch, and which of them reach the ground."""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def groups(names: Iterable[Name], contacts: Iterable[tuple[Name, Name]]) -> list[list[Name]]:
    """Things that hang together by contacts, each group in the order of `names`, as are the groups."""
    leader = {name: name for name in names}

    def lead(name: Name) -> Name:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for a, b in contacts:
        leader[lead(b)] = lead(a)
    found: dict[Name, list[Name]] = {}
    for name in leader:
        found.setdefault(lead(name), []).append(name)
    return list(found.values())


def unsupported(
    names: Iterable[Name], contacts: Iterable[tuple[Name, Name]], anchors: Collection[Name]
) -> list[list[Name]]:
    """Groups without an anchor: nothing holds them, neither from below nor from the side nor from above."""
    return [group for group in groups(names, contacts) if not any(name in anchors for name in group)]


def roots(parents: Mapping[str, str | None]) -> dict[str, str]:
    """The topmost ancestor of each object, itself if it has none: what is parented together is one thing."""

    def top(name: str) -> str:
        while (above := parents.get(name)) is not None:
            name = above
        return name

    return {name: top(name) for name in parents}


def stem(name: str) -> str:
    """A name without its number: `Baluster 12`, `Baluster.003` and `baluster_A` are copies of a baluster."""
    return re.sub(r"([\s._-]*\d[\d._-]*|[\s._-]+[A-Z])$", "", name).lower() or name.lower()
