"""Waiting for two things at once, and for one whatever happens."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

T = TypeVar("T")
U = TypeVar("U")


async def concurrently(one: Callable[[], Awaitable[T]], other: Callable[[], Awaitable[U]]) -> tuple[T, U]:
    """Both results; `one` begins first. Where one fails the other is cancelled, and the error is raised as it is."""
    failures: list[Exception] = []
    results: dict[int, Any] = {}

    async def run(index: int, work: Callable[[], Awaitable[Any]]) -> None:
        try:
            results[index] = await work()
        except Exception as error:  # a task group would wrap it
            failures.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, 1, other)
        await run(0, one)
    if failures:
        raise failures[0]
    return results[0], results[1]


async def to_its_end(work: Callable[[], Awaitable[T]]) -> T:
    """The result, although somebody may cancel: for what follows something that can't be taken back."""
    with anyio.CancelScope(shield=True):
        return await work()
    raise AssertionError("nobody cancels a scope that has no name")
