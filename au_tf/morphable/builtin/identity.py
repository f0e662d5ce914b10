"""How people's heads differ: anatomical parameters, each a smooth displacement of the mean head."""

import numpy as np

from au_tf.arrays import Array
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import EYEBALL_CENTRE, bump, hill, smoothstep

NOISE_FIELDS = 90
"""Smooth fields without a name, for what the anatomical parameters do not say."""


def _anatomy(p: Array, above: Array) -> dict[str, Array]:
    """Displacements float[N, 3] in mm for one standard deviation of each anatomical parameter.

    Args:
      p: positions float[N, 3].
      above: signed height above the line between the lips, float[N].
    """
    return _head(p) | _nose(p) | _eyes_and_brows(p) | _mouth(p, above) | _rest(p)


def _pair(x: Array, y: Array, cx: float, cy: float, rx: float, ry: float) -> Array:
    """Two Gaussian hills, left and right, smooth between them."""
    return bump(x, y, cx, cy, rx, ry) + bump(x, y, -cx, cy, rx, ry)


def _vectors(across: Array, up: Array, out: Array) -> Array:
    return np.stack([across, up, out], -1)


def _head(p: Array) -> dict[str, Array]:
    """Size, proportions, jaw, chin and cheeks."""
    x, y, z = p.T
    sx, zero = np.tanh(x / 6.0), np.zeros_like(x)
    front = smoothstep(-45.0, 10.0, z)
    lower = smoothstep(5.0, -100.0, y)
    jaw = _pair(x, y, 58, -75, 22, 32)
    chin = bump(x, y, 0, -103, 20, 15) * front
    cheekbone = _pair(x, y, 52, -22, 16, 14) * smoothstep(-30, 10, z)
    cheek = _pair(x, y, 46, -55, 17, 22) * smoothstep(-20, 15, z)
    return {
        "size": 0.028 * _vectors(x, y + 20, z + 30),
        "head width": _vectors(0.032 * x * smoothstep(-140, -20, y), zero, zero),
        "head depth": _vectors(zero, zero, 0.03 * (z + 20) * smoothstep(25, -30, z)),
        "face length": _vectors(zero, -4.6 * lower, zero),
        "upper face": _vectors(zero, 3.5 * smoothstep(10, 90, y), zero),
        "jaw width": _vectors(3.4 * sx * jaw, zero, zero),
        "jaw angle": _vectors(0.8 * sx * jaw, -3.2 * _pair(x, y, 64, -60, 16, 20), zero),
        "chin length": _vectors(zero, -3.4 * chin, zero),
        "chin protrusion": _vectors(zero, zero, 3.2 * chin),
        "chin width": _vectors(2.2 * np.tanh(x / 10.0) * chin, zero, zero),
        "double chin": _vectors(zero, -3.0 * bump(x, y, 0, -118, 26, 10) * smoothstep(-30, 20, z), 1.0 * chin),
        "cheekbones": _vectors(1.3 * sx * cheekbone, zero, 1.3 * cheekbone),
        "cheek fullness": _vectors(2.4 * sx * cheek, zero, 2.6 * cheek),
    }  # fmt: skip


def _nose(p: Array) -> dict[str, Array]:
    """The nose."""
    x, y, z = p.T
    sx, zero = np.tanh(x / 6.0), np.zeros_like(x)
    front = smoothstep(-45.0, 10.0, z)
    nose = bump(x, y, 0, -28, 16, 24) * smoothstep(40, 58, z)
    tip = bump(x, y, 0, -38, 12, 9) * smoothstep(45, 62, z)
    wing = _pair(x, y, 13, -41, 7, 8) * smoothstep(35, 50, z)
    bridge = bump(x, y, 0, -8, 9, 13) * smoothstep(30, 45, z)
    length = smoothstep(5, -38, y) * bump(x, y, 0, -38, 15, 20) * smoothstep(40, 55, z)
    return {
        "nose length": _vectors(zero, -2.4 * length, zero),
        "nose protrusion": _vectors(zero, zero, 2.3 * nose),
        "nose tip turned up": _vectors(zero, 1.8 * tip, 0.7 * tip),
        "nose wing width": _vectors(1.7 * sx * wing, zero, -0.3 * wing),
        "nose tip width": _vectors(1.1 * np.tanh(x / 5.0) * tip, zero, -0.3 * tip),
        "bridge height": _vectors(zero, zero, 1.8 * bridge),
        "bridge width": _vectors(1.1 * np.tanh(x / 5.0) * bump(x, y, 0, -14, 13, 16) * front, zero, zero),
        "nose hump": _vectors(zero, zero, 1.1 * bump(x, y, 0, -17, 6, 6) * front),
    }  # fmt: skip


def _eyes_and_brows(p: Array) -> dict[str, Array]:
    """Eyes, brows and forehead."""
    x, y, z = p.T
    ax, sx, zero = np.abs(x), np.tanh(x / 6.0), np.zeros_like(x)
    front = smoothstep(-45.0, 10.0, z)
    eye = _pair(x, y, EYEBALL_CENTRE[0], 0, 19, 17) * front
    dx, dy = ax - EYEBALL_CENTRE[0], y - EYEBALL_CENTRE[1]
    brow = _pair(x, y, 32, 21, 22, 9) * front
    return {
        "eye spacing": _vectors(1.6 * sx * eye, zero, zero),
        "eye height": _vectors(zero, 1.4 * eye, zero),
        "eye depth": _vectors(zero, zero, -1.5 * eye),
        "eye size": 0.045 * _vectors(np.sign(x) * dx * eye, dy * eye, (z - EYEBALL_CENTRE[2]) * eye),
        "eye tilt": _vectors(zero, 0.055 * dx * eye, zero),
        "eye opening": _vectors(zero, 0.055 * dy * eye, zero),
        "brow ridge": _vectors(zero, -0.4 * brow, 1.9 * brow),
        "brow height": _vectors(zero, 1.9 * brow, zero),
        "brow tilt": _vectors(zero, 0.055 * dx * brow, zero),
        "forehead slope": _vectors(zero, zero, -3.0 * smoothstep(25, 90, y) * front),
        "forehead width": _vectors(2.2 * sx * _pair(x, y, 58, 42, 22, 26), zero, zero),
        "temples": _vectors(-1.8 * sx * _pair(x, y, 66, 22, 14, 18), zero, zero),
        "forehead bosses": _vectors(zero, zero, 1.2 * _pair(x, y, 28, 50, 16, 14) * front),
    }  # fmt: skip


def _mouth(p: Array, above: Array) -> dict[str, Array]:
    """Mouth and lips; `above` is the signed height above the line between them."""
    x, y, z = p.T
    ax, zero = np.abs(x), np.zeros_like(x)
    front = smoothstep(-45.0, 10.0, z)
    mouth = bump(x, y, 0, -67, 26, 14) * smoothstep(10, 40, z)
    apart = 1.0 - np.exp(-((above / 4.0) ** 2))  # lips of any size meet
    lip_up = apart * np.exp(-(((above - 7.0) / 5.0) ** 2)) * (above > 0) * smoothstep(26, 12, ax) * (y > -75)
    lip_low = apart * np.exp(-(((above + 8.5) / 5.5) ** 2)) * (above < 0) * smoothstep(26, 12, ax) * (y < -60)
    fold = np.exp(-(((ax - (25 + (-45 - y) * 0.35)) / 3.0) ** 2))
    return {
        "mouth width": _vectors(1.8 * np.tanh(x / 14.0) * mouth, zero, -0.5 * mouth * (ax / 26.0) ** 2),
        "mouth height": _vectors(zero, 1.6 * mouth, zero),
        "mouth protrusion": _vectors(zero, zero, 1.7 * mouth),
        "upper lip": _vectors(zero, 1.2 * lip_up, 0.6 * lip_up),
        "lower lip": _vectors(zero, -1.2 * lip_low, 0.7 * lip_low),
        "mouth corners": _vectors(zero, 0.9 * _pair(x, y, 26, -68, 7, 7) * front, zero),
        "fold beside the mouth": _vectors(zero, zero, -0.9 * fold * bump(0 * y, y, 0, -56, 1, 9) * front),
    }  # fmt: skip


# What tends to come together in a person, beside what varies by itself.
_TYPES = {
    "heavy": {
        "cheek fullness": 1.3, "double chin": 1.3, "neck width": 0.9, "jaw width": 0.7, "chin width": 0.5,
        "head width": 0.4, "nose wing width": 0.3,
    },
    "male": {
        "brow ridge": 1.0, "jaw width": 0.7, "jaw angle": 0.7, "chin width": 0.7, "chin length": 0.6, "size": 0.8,
        "nose protrusion": 0.6, "nose length": 0.5, "eye opening": -0.6, "eye size": -0.5, "upper lip": -0.7,
        "lower lip": -0.5, "neck width": 0.9, "brow height": -0.8, "forehead slope": 0.7, "forehead bosses": -0.7,
    },
    "broad nose and full lips": {
        "nose wing width": 1.4, "nose tip width": 1.3, "bridge height": -0.9, "bridge width": 0.8,
        "nose protrusion": -0.7, "upper lip": 1.3, "lower lip": 1.2, "mouth protrusion": 1.1, "mouth width": 0.5,
    },
    "flat bridge and high cheekbones": {
        "bridge height": -1.2, "cheekbones": 1.2, "eye opening": -0.7, "eye tilt": 0.8, "brow ridge": -0.9,
        "eye depth": -0.8, "nose length": -0.5, "head width": 0.6, "nose protrusion": -0.5,
    },
    "old": {
        "fold beside the mouth": 1.1, "bags under the eyes": 1.2, "nose length": 0.5, "ear size": 0.9,
        "upper lip": -0.7, "cheek fullness": -0.9, "brow height": -0.5, "temples": 0.7,
    },
}  # fmt: skip


def _rest(p: Array) -> dict[str, Array]:
    """Bags under the eyes, neck, ears, and what makes a face lopsided."""
    x, y, z = p.T
    ax, sx, zero = np.abs(x), np.tanh(x / 6.0), np.zeros_like(x)
    front = smoothstep(-45.0, 10.0, z)
    lower = smoothstep(5.0, -100.0, y)
    nose = bump(x, y, 0, -28, 16, 24) * smoothstep(40, 58, z)
    eye = _pair(x, y, EYEBALL_CENTRE[0], 0, 19, 17) * front
    ear = smoothstep(66, 74, ax) * bump(0 * y, y, 0, -17, 1, 26) * smoothstep(5, -15, z)
    return {
        "bags under the eyes": _vectors(zero, zero, 0.8 * _pair(x, y, 30, -10.5, 10, 3.0) * front),
        "neck width": _vectors(0.06 * x, zero, 0.03 * (z + 40)) * smoothstep(-95, -125, y)[:, None],
        "ear size": 0.06 * _vectors(zero, (y + 17), (z + 31)) * ear[:, None],
        "ear flare": _vectors(2.2 * sx * ear * smoothstep(-22, -45, z), zero, zero),
        "chin to a side": _vectors(1.1 * lower * front, zero, zero),
        "nose to a side": _vectors(0.8 * nose, zero, zero),
        "one eye higher": _vectors(zero, 0.5 * sx * eye, zero),
        "one corner higher": _vectors(zero, 0.6 * sx * _pair(x, y, 24, -67, 9, 8) * front, zero),
    }  # fmt: skip


def _noise(p: Array, rng: np.random.Generator) -> Array:
    """Smooth random displacements float[NOISE_FIELDS, N, 3], most of them symmetric."""
    fields = []
    for k in range(NOISE_FIELDS):
        symmetric = k % 4 != 3
        centre = rng.uniform((-70 * (not symmetric), -115, -20), (70, 80, 60))
        radius = rng.uniform(16.0, 40.0)
        direction = rng.normal(size=3) * (0.45, 0.6, 0.8)
        field = direction * hill(p, centre, radius)[:, None]
        if symmetric:
            mirror = np.array([-1, 1, 1])
            field = field + direction * mirror * hill(p, centre * mirror, radius)[:, None]
        fields.append(field)
    return np.stack(fields)


def identity_fields(mesh: HeadMesh, rng: np.random.Generator) -> Array:
    """Displacements float[F, V, 3] in mm for a standard deviation of each identity parameter.

    Eyes and lids move as one rigid piece with the eyeball's centre (but for their own size, tilt
    and opening), so that the lids stay closed over it.
    """
    above = np.where(mesh.lip_side > 0, 1.0, -1.0) * np.abs(mesh.points[:, 1] - outlines.lip_line(mesh.points[:, 0]))
    named = _anatomy(mesh.points, above)
    names = list(named)
    fields = np.concatenate([np.stack(list(named.values())), _noise(mesh.points, rng)])
    own = np.isin(names, ("eye size", "eye tilt", "eye opening"))
    free = np.concatenate([~own, np.ones(NOISE_FIELDS, bool)])
    fields[free] = _rigid_eyes(mesh, fields[free])
    fields[: len(names)] *= 0.92
    types = np.array([[0.5 * amounts.get(name, 0.0) for name in names] for amounts in _TYPES.values()])
    return np.concatenate([fields, np.tensordot(types, fields[: len(names)], 1)])


def _rigid_eyes(mesh: HeadMesh, fields: Array) -> Array:
    fields = fields.copy()
    x, y = mesh.points[:, 0], mesh.points[:, 1]
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        reach = np.hypot((sign * x - EYEBALL_CENTRE[0]) / 1.35, y - EYEBALL_CENTRE[1])
        weight = (1.0 - smoothstep(9.0, 19.0, reach)) * (mesh.points[:, 2] > 10)
        weight[mesh.pieces[f"eye_{side}"].rows] = 1.0
        centre = fields[:, mesh.pieces[f"eye_{side}"].rows.start][:, None]
        fields += weight[None, :, None] * (centre - fields)
    return fields
