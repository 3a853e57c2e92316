"""How different two colours look: CIEDE2000 on CIE L*a*b*."""

from functools import lru_cache
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from typing import NamedTuple

WHITE_D65 = (0.95047, 1.0, 1.08883)
# rounded as in colormath, the library behind SlidesBench's figures
SRGB_TO_XYZ = ((0.412424, 0.357579, 0.180464), (0.212656, 0.715158, 0.0721856), (0.0193324, 0.119193, 0.950444))


class Lab(NamedTuple):
    lightness: float
    a: float
    b: float


@lru_cache(maxsize=4096)
def color_difference(first: str, second: str) -> float:
    """CIEDE2000 of two sRGB colours `#RRGGBB`: 0 is equal, 1 hardly seen, black against white 100."""
    return ciede2000(lab(first), lab(second))


def lab(rgb: str) -> Lab:
    """CIE L*a*b* (white D65, 2 degrees) of an sRGB colour `#RRGGBB`.

    Source: IEC 61966-2-1 for the transfer curve, CIE 15 for L*a*b*.
    """
    linear = [_linear(int(rgb[i : i + 2], 16) / 255) for i in (1, 3, 5)]
    x, y, z = (
        _root(sum(weight * value for weight, value in zip(row, linear, strict=True)) / white)
        for row, white in zip(SRGB_TO_XYZ, WHITE_D65, strict=True)
    )
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def ciede2000(first: Lab, second: Lab) -> float:
    """The CIEDE2000 difference with all weights 1.

    Source: Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula", doi:10.1002/col.20070; its equation
    numbers stand beside the lines.
    """
    mean_c7 = ((hypot(first.a, first.b) + hypot(second.a, second.b)) / 2) ** 7  # 2, 3
    stretch = 1.5 - 0.5 * sqrt(mean_c7 / (mean_c7 + 25**7))  # 4, 5
    chroma_1, hue_1 = hypot(first.a * stretch, first.b), _angle(first.a * stretch, first.b)  # 6, 7
    chroma_2, hue_2 = hypot(second.a * stretch, second.b), _angle(second.a * stretch, second.b)
    turn, hue = _hues(hue_1, hue_2)  # 10, 14; of greys, where they mean nothing, neither changes the sum
    delta_h = 2 * sqrt(chroma_1 * chroma_2) * sin(radians(turn / 2))  # 11
    light, chroma = (first.lightness + second.lightness) / 2, (chroma_1 + chroma_2) / 2  # 12, 13
    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.2 * _cos(4 * hue - 63)  # 15
    rotation = 30 * exp(-(((hue - 275) / 25) ** 2))  # 16
    twist = -sin(radians(2 * rotation)) * 2 * sqrt(chroma**7 / (chroma**7 + 25**7))  # 17, 21
    weight_l = 1 + 0.015 * (light - 50) ** 2 / sqrt(20 + (light - 50) ** 2)  # 18
    scaled_l = (second.lightness - first.lightness) / weight_l
    scaled_c = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)  # 19
    scaled_h = delta_h / (1 + 0.015 * chroma * t)  # 20
    return sqrt(max(0.0, scaled_l**2 + scaled_c**2 + scaled_h**2 + twist * scaled_c * scaled_h))  # 22


def _hues(first: float, second: float) -> tuple[float, float]:
    """The turn from one hue to the other and the hue between, in degrees, the short way round."""
    turn, total = second - first, first + second
    if abs(turn) <= 180:
        return turn, total / 2
    return turn - 360 if turn > 0 else turn + 360, (total + 360) / 2 if total < 360 else (total - 360) / 2


def _angle(a: float, b: float) -> float:
    return degrees(atan2(b, a)) % 360


def _cos(angle: float) -> float:
    return cos(radians(angle))


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _root(share: float) -> float:
    return share ** (1 / 3) if share > 216 / 24389 else 7.787 * share + 16 / 116
