"""What people wear besides hair, made of the same ribbons: knitted caps and glasses."""

import numpy as np

from au_tf.arrays import Array, Int
from au_tf.morphable.builtin.sculpt import smoothstep
from au_tf.morphable.completion.surface import unit
from au_tf.morphable.hair.scalp import Scalp
from au_tf.morphable.hair.styles import Style

# Where the stitches of a cap meet, and how high its brim is, mm.
_CAP_TOP, _TURNED_UP = np.array([0.0, 140.0, -40.0]), 34.0
_RIBS = 52
_EYE, _BRIDGE = np.array([31.5, -1.0]), np.array([0.0, 4.0])
# mm that lenses stand before the bridge of the nose, and that they fall back at 60 mm from the middle.
_BEFORE, _WRAPPED = 9.5, 14.0


def cap_density(head: Scalp) -> Array:
    """float[V] in [0, 1], 1 where a cap lies."""
    return smoothstep(0.0, 1.0, _above_brim(head.points)) * (head.inside > -90.0)


def _above_brim(points: Array) -> Array:
    return np.asarray(points[:, 1] - 42.0 - 0.26 * (points[:, 2] - 75.0))


def yarn(head: Scalp, style: Style, starts: Array, rng: np.random.Generator) -> Array:
    """Stitches of a knitted cap, float[S, P, 3]: they run up to the crown; the brim is turned up over them."""
    brim = smoothstep(_TURNED_UP + 1.0, _TURNED_UP - 1.0, _above_brim(starts))
    height = style.volume * (0.85 + 0.1 * rng.uniform(size=len(brim)) + 0.55 * brim)
    at, paths = starts, []
    for bulge in np.sin(np.pi * np.linspace(0.0, 1.0, style.points)):
        over, out = head.surface.over(at)
        paths.append(at + (height * (0.8 + 0.2 * bulge) - over)[:, None] * out)
        way = _CAP_TOP - at
        way = unit(way - np.einsum("sc,sc->s", way, out)[:, None] * out)
        at = at + style.length / (style.points - 1) * way
    return np.stack(paths, 1)


def ribs(starts: Array) -> Array:
    """How light each stitch is, float[S, 1]: ribs stand out from the furrows between them."""
    return 0.45 + 0.275 * (1.0 + np.cos(_RIBS * np.arctan2(starts[:, :1], starts[:, 2:] + 30.0)))


def frame(head: Scalp, style: Style) -> tuple[Array, Array, Array, Int]:
    """Rims, bridge, arms and, if they are dark, lenses.

    Returns:
      float[S, P, 3], float[S, P] half widths in mm, float[S, P] how far they yield to the head, and the vertex on the
      bridge of the nose that they rest on, int[3].
    """
    rest = int(np.argmin(np.linalg.norm(head.points[:, :2] - _BRIDGE, axis=1) + 9.0 * (head.points[:, 2] < 30)))
    front = head.points[rest, 2] + _BEFORE
    across, high, t = style.length / 2, style.volume / 2, np.linspace(0.0, 1.0, style.points)
    lines, halves, loose = [], [], []
    for side in (1.0, -1.0):
        turn = 2 * np.pi * t
        # Between an ellipse and a rectangle.
        corner = np.abs(np.stack([np.cos(turn), np.sin(turn)], -1)) ** style.curl
        rim = _EYE + np.sign([*zip(np.cos(turn), np.sin(turn), strict=True)]) * corner * (across, high)
        lines.append(_placed(rim * (side, 1.0), front))
        halves.append(np.full(style.points, style.width / 2))
        loose.append(0.0 * t)
        hinge = _placed(np.array([[_EYE[0] + 0.97 * across, 5.0]]), front)[0]
        arm = np.array([hinge, (76.0, 11.0, -8.0), (80.0, 12.0, -26.0), (77.0, -6.0, -46.0)])
        lines.append(_bent(arm, t) * (side, 1.0, 1.0))
        halves.append(np.full(style.points, style.width / 2))
        loose.append(np.minimum(2.0 * t, 1.0))
        if style.clump:
            down = np.stack([np.full_like(t, side * _EYE[0]), _EYE[1] + high * (1.0 - 2.0 * t)], -1)
            lines.append(_placed(down, front) + [0.0, 0.0, 0.2])
            halves.append(
                across * np.clip(1.0 - np.abs(2.0 * t - 1.0) ** (2.0 / style.curl), 0.0, 1.0) ** (style.curl / 2)
            )
            loose.append(0.0 * t)
    inner = _EYE[0] - across
    bridge = np.stack([inner * (2.0 * t - 1.0), 4.0 + 2.5 * np.sin(np.pi * t)], -1)
    lines.append(_placed(bridge, front) + np.outer(np.sin(np.pi * t), [0.0, 0.0, 1.5]))
    halves.append(np.full(style.points, 0.6 * style.width))
    loose.append(0.0 * t)
    return np.stack(lines), np.stack(halves), np.stack(loose), np.array([rest, rest, rest])


def _placed(places: Array, front: float) -> Array:
    """float[N, 3] of places float[N, 2] seen from the front."""
    return np.concatenate([places, front - _WRAPPED * (places[:, :1] / 60.0) ** 2], 1)


def _bent(corners: Array, share: Array) -> Array:
    """Points at shares of the way along a line through corners."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    return np.stack([np.interp(share, way / way[-1], column) for column in corners.T], -1)
