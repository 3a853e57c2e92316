"""How much a run may spend, and when more rounds are not worth it. Pure."""

from dataclasses import dataclass

# Mean squared difference of pictures that are one grey level of 255 apart: below that lies only noise.
NOISE_FLOOR = (1 / 255) ** 2
LEAST_GAIN = 0.03
LEAST_RENDERS = 16  # for one more round: fewer don't even tell what a dozen numbers do


@dataclass(frozen=True)
class Limits:
    """What a run may spend at most; None is no limit."""

    max_renders: int = 400
    rounds: int | None = None
    budget_s: float | None = None
    budget_tokens: int | None = None
    budget_usd: float | None = None


@dataclass(frozen=True)
class Spent:
    """What a run spent; `usd` is None where a price is not known."""

    renders: int
    rounds: int
    seconds: float
    tokens: int = 0
    usd: float | None = 0.0


def exhausted(limits: Limits, spent: Spent) -> str | None:
    """Which limit is reached, in words; None if another round may start.

    The first round may start with three renders, whatever comes of it: two to try something, one to judge it.
    """
    if limits.max_renders - spent.renders < (LEAST_RENDERS if spent.rounds else 3):
        return f"budget of {limits.max_renders} renders used"
    if limits.rounds is not None and spent.rounds >= limits.rounds:
        return f"{limits.rounds} {'round' if limits.rounds == 1 else 'rounds'} done"
    if limits.budget_s is not None and spent.seconds >= limits.budget_s:
        return f"budget of {limits.budget_s:g} s used"
    if limits.budget_tokens is not None and spent.tokens >= limits.budget_tokens:
        return f"budget of {limits.budget_tokens:,} tokens used"
    if limits.budget_usd is not None and spent.usd is None:
        return f"the model's price is not known, so {limits.budget_usd:g} USD can't be kept; limit tokens instead"
    if limits.budget_usd is not None and (spent.usd or 0) >= limits.budget_usd:
        return f"budget of {limits.budget_usd:g} USD used"
    return None


def plateau(before: float, after: float) -> str | None:
    """Why it is not worth going on after a round that took the loss from `before` to `after`; None if it is."""
    if after <= NOISE_FLOOR:
        return "the pictures are equal to within one grey level"
    if after > (1 - LEAST_GAIN) * before:
        return (
            "plateau: the last round gained nothing" if after >= before else "plateau: the last round gained too little"
        )
    return None
