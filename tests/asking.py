"""A fit from its first question to its end, without workers."""

from collections.abc import Callable
from typing import TypeVar

from viga_mcp.fitting.probes import Answer, Asking, Batch, Probe, advance

T = TypeVar("T")


def run(asking: Asking[T], answer: Callable[[Probe], Answer]) -> T:
    """What it returns, its probes answered one by one."""
    step = advance(asking)
    while isinstance(step, Batch):
        step = advance(asking, [answer(probe) for probe in step.probes])
    return step
