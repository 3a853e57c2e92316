"""In what order a fit spends its pictures: light, far objects or the camera, slopes coarse to fine, choices, doubts."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from viga_mcp.fitting.descent import descend
from viga_mcp.fitting.jumps import explore, follow
from viga_mcp.fitting.lamps import relight
from viga_mcp.fitting.meanings import Meaning
from viga_mcp.fitting.parameters import Choice, Parameter
from viga_mcp.fitting.parsimony import NEXT_TO_NOTHING, fewest_changes
from viga_mcp.fitting.placement import place_objects
from viga_mcp.fitting.probes import Asking, Values
from viga_mcp.fitting.recount import recounted
from viga_mcp.fitting.search import Scales, Search
from viga_mcp.fitting.studio import View

COARSE, MIDDLE, FINE = View(64, 12), View(96, 24), View(128, 48)
# (blurs, rounds of derivatives, length of nudges, share of the possible gain to go for). Few numbers are wrong, as a
# rule: while much is unknown only those move that explain most, the rest stay as written.
_LEVELS = (((0.08, 0.02), 6, 1.5, 0.95), ((0.03, 0.01), 5, 1.0, 0.97), ((0.012,), 4, 0.6, 0.98))
# A camera far from its place shows everything elsewhere: only a blur that knows no details leads there.
_CAMERA_LEVEL = ((0.08,), 8, 1.5, 0.95)
_EXPLAINED = 0.4  # of the loss left at most: what was moved is what is wrong
_QUICKLY = 3  # rounds for a camera to prove that it explains more than things moved
_FAR = 0.1  # of the start's loss, blurred: first steps, for which rough derivatives do
_LIGHT = (0.1,)
_SMOOTH = (0.015,)  # the blur at which far jumps are judged
_BROAD = (0.04, 0.015)  # and those after which numbers still have to follow
_SHARP = (0.004,)
_CLOSE = 0.02  # of the start's loss, blurred: what is left is noise and the last digits, so polish, don't doubt
_DONE = 0.003  # of the start's loss, blurred: not worth a doubt even where polishing leads no further
_SHOWS = 0.004  # rms change of the picture from which another item or count is worth following up
_MOST_CHOICES = 4
_PRICE = 0.1  # share of the loss that it may cost to put numbers back on the way
_SMALL_PRICE = 0.02  # and once they are as close as slopes lead
_AS_GOOD = 1.2  # times the loss: as good, where a change of kind is to be taken back for it
_FEW = 12
# Blurs while polishing; the next when one gains nothing. Noise is in every derivative, and goes with blur: at a sharp
# look numbers that make up for one another all seem to be in a pit.
_POLISHES = ((0.03,), (0.012,), _SHARP)
_NUDGE = 0.15  # length of nudges while polishing: shorter ones drown in noise, longer ones bend
_SOUNDINGS = 3
_REHEARSALS = 4  # each learns the colours anew
_REHEARSAL_SHARE = 8  # of the pictures left, one in so many may go into each
_CONFIRMED = 0.95  # times the loss before: what a real picture of what was found must come to
_PLACEMENTS = 3  # an object can only be told from the others once those are in place
# Share of the loss that the derivatives must promise to save before a jump is followed up; daring follows any up.
_PROMISING, _DARING = 0.05, -2.0


def improve(search: Search, meanings: Mapping[int, Meaning]) -> Asking[None]:
    """Improve the search's values until its studio's budget is spent (it raises) or nothing helps any more."""
    yield from approach(search, meanings)
    yield from _return(search)
    closer = iter((MIDDLE, FINE))
    level = 0
    while level < len(_POLISHES):
        search.look_closer(next(closer, FINE).with_less_noise(search.first_loss))
        polished = yield from _polish(search, _POLISHES[level])
        while (yield from _simplify(search)):
            pass
        picture = yield from search.picture()
        doubted = False
        if search.loss(picture, _SMOOTH) > (_CLOSE if polished else _DONE):
            doubted = yield from _doubt(search, meanings)
        if doubted:
            level = 0
        elif not polished and search.view.size_px == FINE.size_px:
            level += 1


def approach(search: Search, meanings: Mapping[int, Meaning]) -> Asking[None]:
    """From the start to the neighbourhood of the goal, with small pictures."""
    search.look_closer(COARSE.with_less_noise(search.first_loss))
    lights = [i for i, p in enumerate(search.parameters) if p.role in ("power", "stops")]
    yield from descend(search, _LIGHT, lights, 2, 1.0)
    yield from _reveal(search, meanings)
    moved = yield from _aim_or_place(search, meanings)
    for _ in range(_PLACEMENTS if moved else 0):
        moved = yield from place_objects(search, meanings, _SMOOTH)
        if not moved:
            break
    yield from _rehearse(search, meanings)
    if len(set(search.touched) - {None}) > 1:  # else there is nothing to tell apart
        yield from search.see()
    picture = yield from search.picture()
    unknown = [i for i in search.suspects(picture) if search.stale[i] != 0]
    is_far = search.loss(picture, _BROAD) > _FAR or len(unknown) > max(_FEW, search.studio.left // 4)
    yield from search.measure(unknown, together=is_far)
    levels = (_CAMERA_LEVEL, *_LEVELS) if _has_turned(search) else _LEVELS
    for scales, rounds, scale, share in levels:
        picture = yield from search.picture()
        if search.loss(picture, _SMOOTH) < _DONE:  # small pictures have no more to say
            break
        which = search.worth_moving(scales, picture, share)
        least = 0.05 if len(scales) == 1 else 0.1
        is_far = search.loss(picture, scales) > _FAR
        yield from descend(search, scales, which, rounds, scale, least, together=is_far)
        yield from _put_back(search, scales)
        yield from relight(search, meanings, _SMOOTH, _PROMISING, only_dark=True)
        picture = yield from search.picture()
        if search.loss(picture, _SMOOTH) > 0.1:
            yield from _reconsider(search, _DARING if scales == levels[0][0] else _PROMISING)


def _rehearse(search: Search, meanings: Mapping[int, Meaning]) -> Asking[None]:
    """Fit shapes to foretold pictures, at a fraction of the cost, and go where a real picture confirms it.

    Where settings of shapes (shape keys, modifiers) are most of what is unknown. A thing in a wrong place is better
    placed with its shadow, which can't be foretold; and in meshes that a program builds all hangs on all, so that
    what is not foretold exactly leads astray. What is found is rendered, and teaches anew.
    """
    shaped = [i for i, p in enumerate(search.parameters) if meanings[p.literal].shapes]
    if len(shaped) <= len(search.parameters) // 2:
        return
    view = search.view
    for _ in range(_REHEARSALS):
        picture = yield from search.picture()
        loss = search.loss(picture, _SMOOTH)
        if loss < _FAR:
            return
        foretold = yield from search.studio.anchor(search.values, view)
        if foretold is None:
            return
        kept = search.keep()
        with search.studio.spending(search.studio.left // _REHEARSAL_SHARE):
            search.forget(foretold)
            yield from search.measure(shaped)
            for scales, rounds, scale, share in _LEVELS[:2]:
                picture = yield from search.picture()
                which = search.worth_moving(scales, picture, share)
                yield from descend(search, scales, which, rounds, scale)
                yield from _reconsider(search, _PROMISING)
                yield from _leap(search, [i for i in which if i in shaped])
        found = search.values
        search.restore(kept)
        search.view = view
        (picture,) = yield from search.studio.look([found], view)
        if picture is None or search.loss(picture, _SMOOTH) > _CONFIRMED * loss:
            return
        search.go(found, picture)


def _aim_or_place(search: Search, meanings: Mapping[int, Meaning]) -> Asking[bool]:
    """Move far objects to their places; or the camera alone, where that explains more, with fewer numbers.

    A wrong camera shows everything elsewhere, and things could be moved, one by one, to make up for it; but a camera
    can make up for one thing out of place as well. Returns whether objects moved.
    """
    first = search.keep()
    picture = yield from search.picture()
    much = _EXPLAINED * search.loss(picture, _SMOOTH)
    moved = yield from place_objects(search, meanings, _SMOOTH)
    picture = yield from search.picture()
    left = search.loss(picture, _SMOOTH)
    cameras = [i for i, p in enumerate(search.parameters) if _is_of_camera(meanings[p.literal])]
    if not cameras or (left < much and moved < 2):
        return moved > 0
    scales, rounds, scale, _ = _CAMERA_LEVEL
    with search.trial() as placed:
        search.restore(first)
        yield from descend(search, scales, cameras, rounds if left > much else _QUICKLY, scale, 0.05)
        picture = yield from search.picture()
    if search.loss(picture, _SMOOTH) < min(max(left, _CLOSE), much):
        return False
    search.restore(placed)
    return moved > 0


def _has_turned(search: Search) -> bool:
    """Whether the camera is elsewhere than it was written."""
    return any(p.role == "camera" and search.values[p.literal] != search.start[p.literal] for p in search.parameters)


def _is_of_camera(meaning: Meaning) -> bool:
    return meaning.turns_camera or any("camera" in path for path in meaning.effects)


def _polish(search: Search, scales: Scales) -> Asking[bool]:
    picture = yield from search.picture()
    which = search.worth_moving(scales, picture, 0.995)
    search.stale[which] = np.maximum(search.stale[which], 1)  # known, but to be measured as closely as this
    return (yield from descend(search, scales, which, 4, _NUDGE, 0.01, _SOUNDINGS))


def _put_back(search: Search, scales: Scales) -> Asking[None]:
    """Put numbers back as they were written where that costs little, so that the wrong ones must move instead.

    While much is unknown, right numbers bend to make up for wrong ones: a thing that stands too near is shrunk. A
    camera that moved is left alone: its numbers lead along a narrow valley, where going back is going astray.
    """
    if _has_turned(search):
        return
    picture = yield from search.picture()
    fewer = fewest_changes(search, picture, scales, _PRICE)
    if fewer == search.values:
        return
    (simple,) = yield from search.studio.look([fewer], search.view)
    if simple is not None and search.loss(simple, scales) < (1 + _PRICE) * search.loss(picture, scales):
        search.values = fewer
        search.stale[search.stale >= 0] += 1


def _simplify(search: Search) -> Asking[bool]:
    """Do with fewer changes where those explain the target as well, once they have found their values anew.

    The derivatives only propose; a bold proposal first, for what seems to cost a little may cost nothing. Returns
    whether some change was undone.
    """
    picture = yield from search.picture()
    loss = search.loss(picture, _SHARP)
    proposals = [fewest_changes(search, picture, _SHARP, price) for price in (_PRICE, _SMALL_PRICE)]
    for fewer in dict.fromkeys(proposals):
        if fewer == search.values:
            break
        with search.trial() as kept:
            (simple,) = yield from search.studio.look([fewer], search.view)
            if simple is None:
                continue
            search.go(fewer, simple)
            changed = [i for i, p in enumerate(search.parameters) if fewer[p.literal] != search.start[p.literal]]
            yield from descend(search, _SHARP, changed, 2, _NUDGE, 0.01)
            picture = yield from search.picture()
        if search.loss(picture, _SHARP) <= loss + _SMALL_PRICE * max(loss, NEXT_TO_NOTHING):
            return True
        search.restore(kept)
    return False


def _refresh(search: Search) -> Asking[None]:
    """Measure derivatives anew: all of them while that is cheap, else those that nothing is known about."""
    count = len(search.parameters)
    is_cheap = count <= max(_FEW, search.studio.left // 4)
    yield from search.measure([i for i in range(count) if search.stale[i] < 0 or (is_cheap and search.stale[i] > 0)])


def _return(search: Search) -> Asking[None]:
    """Go back to the item that was written wherever it does as well, now that the numbers have come close.

    Another kind of lamp can look better as long as the energy is wrong, and then numbers are bent to suit it.
    """
    for choice in search.choices:
        written = search.start[choice.literal]
        if search.values[choice.literal] == written:
            continue
        here = yield from search.picture()
        loss = search.loss(here, _BROAD)
        with search.trial() as kept:
            reached = yield from follow(search, [search.with_value(choice.literal, written)], _BROAD)
        if reached > _AS_GOOD * loss:
            search.restore(kept)


def _reconsider(search: Search, least_promise: float) -> Asking[bool]:
    """Try the other values of choices that show, with the numbers as they are and as they were written at first.

    What the numbers became under a wrong choice can be further from the truth than where they started.
    """
    weighty = yield from _weighty_choices(search)
    points = [point for choice in weighty for point in _alternatives(search, choice)]
    continuous = {p.literal for p in search.parameters}
    afresh = [tuple(search.start[i] if i in continuous else v for i, v in enumerate(point)) for point in points]
    tried = [choice.literal for choice in weighty]
    search.tried.update(tried)  # now: the budget may end the trial, and the next round should begin with others
    for choice in weighty:
        counts = yield from recounted(search, choice)
        if (yield from explore(search, counts, _BROAD, 2, _DARING)):
            search.tried.subtract(tried)
            return True
    helped = yield from explore(search, [*points, *afresh], _BROAD, 3, least_promise)
    if helped:
        search.tried.subtract(tried)
    return helped


def _weighty_choices(search: Search) -> Asking[list[Choice]]:
    """Choices whose first other value changes the picture, those tried least first, and of those the weightiest.

    Switches only if there is no other: one is rarely what is wrong, and turning it often mimics a wrong count.
    """
    here = yield from search.picture()
    firsts = [_alternatives(search, choice)[0] for choice in search.choices]
    pictures = yield from search.studio.look(firsts, search.view)
    weights = [float(np.sqrt(np.mean((p - here) ** 2))) if p is not None else 0.0 for p in pictures]
    order = sorted(range(len(weights)), key=lambda i: (search.tried[search.choices[i].literal], -weights[i]))
    weighty = [search.choices[i] for i in order if weights[i] > _SHOWS]
    graded = [choice for choice in weighty if not isinstance(search.start[choice.literal], bool)]
    return (graded or weighty)[:_MOST_CHOICES]


def _reveal(search: Search, meanings: Mapping[int, Meaning]) -> Asking[None]:
    """Show each hidden object and bring it to where it fits; hide it again if it fits nowhere."""
    for choice in search.choices:
        effects = meanings[choice.literal].effects
        if not any("hide_render" in path and before and not after for path, (before, after) in effects.items()):
            continue
        if search.values[choice.literal] != search.start[choice.literal]:
            continue
        here = yield from search.picture()
        loss = search.loss(here, _SMOOTH)
        shown = search.with_value(choice.literal, choice.options[0])
        (picture,) = yield from search.studio.look([shown], search.view)
        if picture is None:
            continue
        with search.trial() as kept:
            search.values = shown
            yield from place_objects(search, meanings, _SMOOTH)
            picture = yield from search.picture()
        if search.loss(picture, _SMOOTH) > 0.98 * loss:
            search.restore(kept)


def _alternatives(search: Search, choice: Choice) -> list[Values]:
    others = choice.alternatives(search.values[choice.literal], search.start[choice.literal])
    return [search.with_value(choice.literal, other) for other in others]


def _doubt(search: Search, meanings: Mapping[int, Meaning]) -> Asking[bool]:
    """The slopes lead no further, yet the pictures differ: try everything else. Returns whether anything helped."""
    yield from _refresh(search)
    moved = yield from place_objects(search, meanings, _SMOOTH)
    relit = yield from relight(search, meanings, _SMOOTH, _DARING)
    helped = yield from _reconsider(search, _DARING)
    if moved or relit or helped:
        return True
    return (yield from _leap(search, range(len(search.parameters))))


def _leap(search: Search, which: Iterable[int]) -> Asking[bool]:
    """Try far values of some parameters, those that show most first; returns whether one helped."""
    sizes = search.strengths()
    order = sorted(which, key=lambda i: -sizes[i])
    for few in (order[k : k + 4] for k in range(0, len(order), 4)):
        points = [point for i in few for point in _far_values(search, search.parameters[i])]
        helped = yield from explore(search, points, _SMOOTH, 2)
        if helped:
            return True
    return False


def _far_values(search: Search, parameter: Parameter) -> list[Values]:
    value = float(search.values[parameter.literal])
    far: Sequence[float]
    match parameter.role:
        case "power":
            far = (value * 5, value / 5)
        case "share":
            far = [one for one in (0.05, 0.5, 0.95) if abs(one - value) > 0.25]
        case "turn":
            degree = parameter.step / 4
            far = [value + turn * degree for turn in (45, -45, 90, -90, 180)]
        case "size":
            far = (value * 1.6, value / 1.6)
        case _:
            far = (value + 8 * parameter.step, value - 8 * parameter.step)
    inside = [min(max(one, parameter.low), parameter.high) for one in far]
    return [search.with_value(parameter.literal, float(f"{one:.4g}")) for one in inside]
