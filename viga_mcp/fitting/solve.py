"""Fit the numbers of a program to a target picture by rendering and comparing.

`fit` is a generator (see `probes`): it yields batches of probes and is sent their answers, and returns a `Fit`.
"""

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from viga_mcp.fitting.literals import Value, find_literals, splice
from viga_mcp.fitting.meanings import Meaning, learn_meanings
from viga_mcp.fitting.parameters import make_unknowns
from viga_mcp.fitting.parsimony import NEXT_TO_NOTHING, fewest_changes
from viga_mcp.fitting.pictures import Picture, photometric_loss
from viga_mcp.fitting.probes import Asking, Values
from viga_mcp.fitting.search import Search
from viga_mcp.fitting.strategy import COARSE, improve
from viga_mcp.fitting.studio import BudgetSpent, Studio, View


@dataclass(frozen=True)
class Problem:
    """What to fit.

    Attributes:
        source: The program; it is executed on the base scene, after any fixed parts the host puts before it.
        target: The picture to reach, (H, W, 3) in 0..1, as the camera that pictures are taken by should see it.
        max_renders: Pictures that may be taken, whatever their size.
        literals: Indices (of `find_literals(source)`) that may change; None for all that are no part of a formula.
    """

    source: str
    target: Picture
    max_renders: int = 200
    literals: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Sensitivity:
    """How much a number matters: rms change of the picture by its natural step, 0..1."""

    literal: int
    role: str
    step: float
    change: float


@dataclass(frozen=True)
class Fit:
    """The outcome.

    Attributes:
        values: New values by literal index, only those that changed. source: The program with them written in.
        start_loss, loss: Photometric losses of start and outcome, taken alike, at up to 256 px.
        history: (renders, lowest loss so far) whenever it fell, as seen at the small sizes of the search.
        error: Why nothing could be fitted, or empty.
    """

    values: dict[int, Value]
    source: str
    start_loss: float
    loss: float
    renders: int
    history: tuple[tuple[int, float], ...] = ()
    sensitivities: tuple[Sensitivity, ...] = ()
    error: str = ""


LEAST_RENDERS = 5  # start and outcome compared, and one to begin with
ROUND = 150  # pictures of the first round
FINISH = (0.004,)  # the blur, in shares of the width, at which changes are weighed against one another
_PRICE = 0.02  # share of the loss that numbers put back as written may cost in the end
_AS_GOOD = 1.03  # times the lowest loss: as good, where fewer changes are to be had for it
VERDICT = View(256, 32)  # how start and outcome are compared in the end


def fit(problem: Problem) -> Asking[Fit]:
    """Find better values for a program's literals. A generator of `Batch`es that returns a `Fit`.

    A large budget is spent in rounds: the second begins anew from where the first came to, with small pictures, fresh
    slopes and what the literals mean there. That leads out of places where going on does not.

    Never returns values that look worse than the start's.
    """
    start: Values = tuple(literal.value for literal in find_literals(problem.source))
    studio = Studio(problem.target, problem.max_renders, reserve=4)
    values, search, tried = start, None, Counter[int]()
    for limit in _rounds(problem.max_renders):
        studio.limit = limit
        begun = yield from _begin(problem, studio, values, tried)
        if isinstance(begun, str) and search is None:
            return Fit({}, problem.source, np.inf, np.inf, studio.renders, error=begun)
        if isinstance(begun, str):
            break
        search, meanings = begun
        with contextlib.suppress(BudgetSpent):
            yield from improve(search, meanings)
        values = search.values
    if search is None:  # not one picture could be paid
        return Fit({}, problem.source, np.inf, np.inf, studio.renders)
    return (yield from _conclude(problem.source, search))


def _rounds(max_renders: int) -> tuple[int, ...]:
    """After how many pictures each round has to end."""
    return (max_renders,) if max_renders < 2 * ROUND else (ROUND, max_renders)


def _begin(
    problem: Problem, studio: Studio, values: Values, tried: Counter[int]
) -> Asking[tuple[Search, Mapping[int, Meaning]] | str]:
    """A search that stands at these values, and what each literal means there; or why there can be none."""
    start = tuple(literal.value for literal in find_literals(problem.source))
    changed = {i: value for i, value in enumerate(values) if value != start[i]}
    literals = find_literals(splice(problem.source, changed))
    all_free = tuple(literal.index for literal in literals if not literal.is_formula)
    free = all_free if problem.literals is None else problem.literals
    height, width = problem.target.shape[:2]
    learnt = yield from learn_meanings(literals, values, free, height / width)
    if learnt.error:
        return learnt.error
    parameters, choices = make_unknowns(literals, learnt.meanings)
    touched = tuple(learnt.meanings[p.literal].objects for p in parameters)
    search = Search(studio, parameters, choices, start, values, COARSE, tried, touched)
    try:
        (picture,) = yield from studio.look([values], COARSE)
    except BudgetSpent:
        return "the budget is spent"
    if picture is None:
        return "the program runs, but its scene cannot be rendered (no active camera?)"
    studio.note(values, picture, COARSE)
    search.begin(picture)
    return search, learnt.meanings


def _conclude(source: str, search: Search) -> Asking[Fit]:
    """Compare start and outcomes at the target's own size; of those that are as good, the one with fewest changes."""
    studio, start = search.studio, search.start
    studio.reserve, studio.limit = 0, studio.max_renders
    noted = studio.best.values if studio.best else start
    outcomes = [start, search.values, noted, search.tidied()]
    known = studio.remembered(search.values, search.view)
    if known is not None:
        outcomes.insert(2, fewest_changes(search, known, FINISH, _PRICE))
    candidates = list(dict.fromkeys(outcomes))[: studio.left]
    pictures = yield from studio.look(candidates, VERDICT)
    target = studio.target_at(VERDICT)
    losses = [photometric_loss(p, target) if p is not None else np.inf for p in pictures]
    if not losses:
        return Fit({}, source, np.inf, np.inf, studio.renders)
    allowance = (_AS_GOOD - 1) * max(min(losses), NEXT_TO_NOTHING * losses[0])
    limit = min(min(losses) + allowance, losses[0])
    good = [k for k, loss in enumerate(losses) if loss <= limit]
    best = min(good, key=lambda k: (_changes(candidates[k], start), losses[k]))
    changed = {i: value for i, value in enumerate(candidates[best]) if value != start[i]}
    return Fit(
        changed,
        splice(source, changed),
        losses[0],
        losses[best],
        studio.renders,
        tuple(studio.history),
        tuple(Sensitivity(p.literal, p.role, p.step, s) for p, s in zip(search.parameters, search.sizes, strict=True)),
    )


def _changes(values: Values, start: Values) -> int:
    return sum(value != first for value, first in zip(values, start, strict=True))
