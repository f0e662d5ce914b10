"""Where skin wrinkles: regions of the map, the way across their lines, what folds them, and how deep at most.

Depths are those of expression lines at the end of the range of an adult's movement. Profilometry of resting lines of
the forehead and between the brows finds 0.1 to 0.3 mm, and several times that when the muscle contracts; folds beside
the nose and under the eye are broader and 1 to 2 mm deep.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Array

Field = Callable[[Array, Array], Array]
"""Of (u, v) in mm on the map, on the face's left side or in its middle."""


@dataclass(frozen=True)
class Region:
    """A piece of skin whose wrinkles deepen together."""

    name: str
    layer: int
    """Wrinkles that cross lie in different layers."""
    weight: Field
    """How much of the depth each place takes, in [0, 1]."""
    across: Field
    """Direction across the wrinkles, float[..., 2]."""
    actions: tuple[int, ...]
    """Action Units that at intensity 5, together, fold it to its depth."""
    depth: float
    """mm."""
    paired: bool = True
    """Whether there is one on each side."""
    starts: float = 0.06
    """Folding up to which skin stays smooth, a share of what its actions do."""
    pushed: bool = False
    """Whether skin is pushed into folds as a whole rather than shortened across them: moved as its actions move it, and
    as none of `OTHERS` does."""
    felt: Field | None = None
    """Where the shortening counts, in [0, 1]; None is where the depth goes."""


LAYERS = 2
OTHERS = (12, 15, 20, 25, 26)
"""Action Units that move the skin about the chin without folding it."""


def ellipse(u: Array, v: Array, cu: float, cv: float, ru: float, rv: float) -> Array:
    """1 about (cu, cv), a soft border at the radii."""
    reach = np.sqrt(((u - cu) / ru) ** 2 + ((v - cv) / rv) ** 2)
    return step(1.25, 0.75, reach)


def step(low: float, high: float, value: Array) -> Array:
    """0 at `low`, 1 at `high`, smooth between."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def towards(du: float, dv: float) -> Field:
    """The same direction everywhere."""
    return lambda u, v: np.stack([np.full_like(u, du), np.full_like(v, dv)], -1)


def around(cu: float, cv: float) -> Field:
    """Round a point, which is across lines that fan out from it."""
    return lambda u, v: np.stack([-(v - cv), u - cu], -1)


def _forehead(first: float, last: float, first_soft: float, last_soft: float) -> Field:
    def weight(u: Array, v: Array) -> Array:
        height = step(27.0, 38.0, v) * step(84.0, 70.0, v)
        inner = step(first - first_soft, first + first_soft, u) if first_soft else 1.0
        return height * inner * step(last + last_soft, last - last_soft, u)

    return weight


def _crows_feet(u: Array, v: Array) -> Array:
    along, up = u - 45.4, v - 1.2
    reach, angle = np.hypot(along, up), np.degrees(np.arctan2(up, along))
    return step(2.0, 7.0, reach) * step(33.0, 22.0, reach) * step(-75.0, -50.0, angle) * step(65.0, 40.0, angle)


def _below_eye(u: Array, v: Array) -> Array:
    return ellipse(u, v, 30.0, -14.0, 21.0, 12.0) * step(-3.0, -8.0, v - 0.06 * np.abs(u - 30.0))


NASOLABIAL = np.array([(12.5, -39.5), (17.5, -43.5), (24.5, -50.0), (30.5, -57.5), (35.0, -66.5), (37.0, -76.0)])
"""The fold from the wing of the nose past the corner of the mouth, (u, v) in mm."""


def _beside_mouth(u: Array, v: Array) -> Array:
    line = np.interp(v, NASOLABIAL[::-1, 1], NASOLABIAL[::-1, 0])
    return step(15.0, 9.0, np.abs(u - line)) * step(-84.0, -76.0, v) * step(-33.0, -39.0, v)


def _beside_nose(u: Array, v: Array) -> Array:
    return _beside_mouth(u, v) * step(-62.0, -54.0, v)


REGIONS = (
    Region("forehead, middle", 0, _forehead(0.0, 13.0, 0.0, 5.0), towards(0.0, 1.0), (1, 2), 0.8),
    Region("forehead, inner", 0, _forehead(13.0, 32.0, 5.0, 7.0), towards(0.0, 1.0), (1, 2), 0.8),
    Region("forehead, outer", 0, _forehead(32.0, 60.0, 7.0, 9.0), towards(0.0, 1.0), (1, 2), 0.7),
    Region("glabella", 1, lambda u, v: ellipse(u, v, 0.0, 18.0, 15.0, 20.0), towards(1.0, 0.0), (4,), 1.0, False),
    Region("nose root", 0, lambda u, v: ellipse(u, v, 0.0, 3.0, 12.0, 9.0), towards(0.0, 1.0), (9,), 0.7, False),
    Region(
        "nose side", 1, lambda u, v: ellipse(u, v, 9.5, -14.0, 9.0, 13.0), towards(-0.35, 0.94), (9,), 0.6, starts=0.25
    ),
    Region("crow's feet", 1, _crows_feet, around(40.0, 1.2), (6,), 0.55),
    Region("below eye", 0, _below_eye, towards(0.0, 1.0), (6,), 0.65, starts=0.25),
    Region("nasolabial", 0, _beside_mouth, towards(0.45, 0.9), (12,), 1.2, felt=_beside_nose),
    Region(
        "chin",
        0,
        lambda u, v: ellipse(u, v, 0.0, -97.0, 19.0, 12.0),
        towards(0.0, 1.0),
        (17,),
        0.35,
        False,
        pushed=True,
    ),
    Region(
        "below lip",
        1,
        lambda u, v: ellipse(u, v, 0.0, -84.5, 20.0, 8.0),
        towards(0.0, 1.0),
        (17,),
        0.9,
        False,
        pushed=True,
    ),
)
"""On both sides, those that are paired."""


@dataclass(frozen=True)
class Patch:
    """A region on one side."""

    region: Region
    side: int
    """1 on the left, -1 on the right, 0 in the middle."""

    def weight(self, places: Array) -> Array:
        """float[N], how much of the depth places float[N, 2] take."""
        return self._at(self.region.weight, places)

    def felt(self, places: Array) -> Array:
        """float[N], how much the shortening at places float[N, 2] counts."""
        return self._at(self.region.felt or self.region.weight, places)

    def _at(self, field: Field, places: Array) -> Array:
        u, v = places.T
        u = u * (self.side or 1)
        # The middle of the forehead belongs to both sides alike.
        half = step(-4.0, 4.0, u) if self.side else 1.0
        return np.asarray(field(np.abs(u) if self.side else u, v) * half)

    def across(self, places: Array) -> Array:
        """Unit directions float[N, 2] across its wrinkles at places float[N, 2]."""
        u, v = places.T
        way = self.region.across(u * (self.side or 1), v) * (self.side or 1, 1.0)
        return way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9)


PATCHES = tuple(Patch(region, side) for region in REGIONS for side in ((1, -1) if region.paired else (0,)))
