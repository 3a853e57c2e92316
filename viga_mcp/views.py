"""Views: the words in which a caller says from where to look at a scene."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from viga_mcp.errors import VigaError

Vec3 = tuple[float, float, float]
ViewKind = Literal["camera", "axis", "orbit", "corners", "focus", "free"]

AXIS_VIEWS = ("front", "back", "left", "right", "top", "bottom")
DEFAULT_FOV_DEG = 50.0
FORMS = (
    'Views: "camera" (the scene\'s own), "camera:NAME", "front", "back", "left", "right", "top", "bottom" '
    '(orthographic), "orbit:AZIMUTH,ELEVATION" (degrees; azimuth 0 = from the front, 90 = from the right, '
    'counter-clockwise seen from above), "corners" (four pictures), "focus:OBJECT", or '
    '{"location": [x, y, z], "look_at": [x, y, z], "fov_deg": 50}.'
)


@dataclass(frozen=True)
class View:
    """A view as asked for, not yet tied to a scene.

    Args:
        kind: Which form.
        text: The form in its shortest spelling, which `parse_view` reads back.
        name: Camera of "camera" ("" for the scene's own), object of "focus", side of "axis".
        azimuth_deg, elevation_deg: Of "orbit".
        location, look_at: World frame, metres; of "free".
        fov_deg: Horizontal; of "free".
    """

    kind: ViewKind
    text: str
    name: str = ""
    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    location: Vec3 = (0.0, 0.0, 0.0)
    look_at: Vec3 = (0.0, 0.0, 0.0)
    fov_deg: float = DEFAULT_FOV_DEG


def parse_view(view: str | Mapping[str, Any]) -> View:
    """Read a view.

    Args:
        view: One of `FORMS`; the mapping may also come as JSON text.

    Raises:
        VigaError: `invalid_argument`, listing the forms.
    """
    if not isinstance(view, str):
        return _free(view)
    text = view.strip()
    if text.startswith("{"):
        try:
            return _free(json.loads(text))
        except ValueError as error:
            raise _refused(f"The view {_short(view)!r} is no JSON: {error}.") from None
    head, _, rest = text.partition(":")
    head, rest = head.strip().lower(), rest.strip()
    if head == "camera" and (rest or ":" not in text):
        return View("camera", f"camera:{rest}" if rest else "camera", rest)
    if head in AXIS_VIEWS and ":" not in text:
        return View("axis", head, head)
    if head == "corners" and ":" not in text:
        return View("corners", head)
    if head == "orbit":
        return _orbit(view, rest)
    if head == "focus" and rest:
        return View("focus", f"focus:{rest}", rest)
    raise _refused(f"There is no view {_short(view)!r}.")


def _orbit(view: str, rest: str) -> View:
    parts = [part for part in re.split(r"[,\s]+", rest) if part]
    try:
        azimuth, elevation = (float(part) for part in parts)
    except ValueError:
        raise _refused(f"The view {_short(view)!r} needs two numbers of degrees, as in orbit:45,30.") from None
    if not (math.isfinite(azimuth) and math.isfinite(elevation)) or abs(elevation) > 90:
        raise _refused(f"The view {_short(view)!r} needs a finite azimuth and an elevation between -90 and 90 degrees.")
    return View("orbit", f"orbit:{azimuth:g},{elevation:g}", azimuth_deg=azimuth, elevation_deg=elevation)


def _free(view: Any) -> View:
    """A view given by its place; `Any` because it comes from JSON."""
    if not isinstance(view, Mapping):
        raise _refused(f"A view is a text or an object, not {_short(view)}.")
    fields: dict[str, Any] = {str(key): value for key, value in view.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    unknown = sorted(set(fields) - {"location", "look_at", "fov_deg"})
    missing = [name for name in ("location", "look_at") if name not in fields]
    if unknown or missing:
        said = f"has unknown keys {', '.join(unknown)}" if unknown else f"lacks {' and '.join(missing)}"
        raise _refused(f"The view {said}.")
    location, look_at = _vector(fields["location"], "location"), _vector(fields["look_at"], "look_at")
    distance = math.dist(location, look_at)
    if distance <= 1e-9 * max(1.0, *map(abs, location)):
        raise _refused("The view's location and look_at are the same point: it has no direction.")
    fov_deg = fields.get("fov_deg", DEFAULT_FOV_DEG)
    if isinstance(fov_deg, bool) or not isinstance(fov_deg, (int, float)) or not 0 < fov_deg < 180:
        raise _refused(f"fov_deg is {_short(fov_deg)}; it must be more than 0 and less than 180.")
    text = json.dumps({"location": location, "look_at": look_at, "fov_deg": float(fov_deg)})
    return View("free", text, location=location, look_at=look_at, fov_deg=float(fov_deg))


def _vector(value: Any, name: str) -> Vec3:
    if isinstance(value, Sequence) and not isinstance(value, str):
        numbers: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType] - JSON
        good = [float(n) for n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)]
        if len(numbers) == len(good) == 3 and all(math.isfinite(n) and abs(n) < 1e9 for n in good):
            return good[0], good[1], good[2]
    raise _refused(f"{name} is {_short(value)}; it must be three finite numbers [x, y, z] in metres.")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _refused(what: str) -> VigaError:
    return VigaError("invalid_argument", what, then=FORMS)
