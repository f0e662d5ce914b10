"""The inner loops of the finish of a face, compiled by numba for one face and one thread; see `rendering.finish`.

They call no function of another file, which numba would not notice a change of.
"""

import numpy as np

from au_tf.arrays import Float32, Int32
from au_tf.rendering.native.compiling import compiled

_ZERO, _ONE, _HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)
_TINY = np.float32(1e-20)


@compiled
def hollow(rows: Int32, share: Float32, forward: Float32, lean: np.float32, normal: Float32, kept: Float32) -> None:
    """Leans the normals of irises the other way.

    Args:
      rows: int32[N], vertices of eyes. share: float32[N], 1 on the iris.
      forward: float32[3]. lean: how far.
      normal: float32[V, 3], of any length, changed. kept: float32[N, 3], written: what it was.
    """
    for k in range(len(rows)):
        v = rows[k]
        x, y, z = normal[v, 0], normal[v, 1], normal[v, 2]
        kept[k, 0], kept[k, 1], kept[k, 2] = x, y, z
        along = x * forward[0] + y * forward[1] + z * forward[2]
        by = lean * share[k]
        normal[v, 0] = x - by * (x - along * forward[0])
        normal[v, 1] = y - by * (y - along * forward[1])
        normal[v, 2] = z - by * (z - along * forward[2])


@compiled
def restore(rows: Int32, normal: Float32, kept: Float32) -> None:
    """Undoes `hollow`."""
    for k in range(len(rows)):
        v = rows[k]
        normal[v, 0], normal[v, 1], normal[v, 2] = kept[k, 0], kept[k, 1], kept[k, 2]


@compiled
def polish(
    normal: Float32, shade: Float32, gloss: Float32, half: Float32, frame: Float32, bounce: Float32, vertices: Float32
) -> None:
    """Shades hollows and adds gloss to the colours of the vertices.

    Args:
      normal: float32[3 V], of any length.
      shade: float32[4 V]. gloss: float32[2 V]. Both as in `Finish`.
      half: float32[3 V or 3], h.
      frame: float32[5, 3], s, s in the model's space, v, colours of the lamp and of what is about.
      bounce: float32[3].
      vertices: float32[8 V], numbers 4 to 6 of each changed.
    """
    sx, sy, sz = frame[0, 0], frame[0, 1], frame[0, 2]
    ox, oy, oz = frame[1, 0], frame[1, 1], frame[1, 2]
    vx, vy, vz = frame[2, 0], frame[2, 1], frame[2, 2]
    hx, hy, hz = half[0], half[1], half[2]
    for v in range(len(normal) // 3):
        x, y, z = normal[3 * v], normal[3 * v + 1], normal[3 * v + 2]
        scale = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        x, y, z = x * scale, y * scale, z * scale
        light = shade[4 * v] + shade[4 * v + 1] * ox + shade[4 * v + 2] * oy + shade[4 * v + 3] * oz
        light = min(max(light, _ZERO), _ONE)
        squared = gloss[2 * v + 1]
        halfway = x * hx + y * hy + z * hz
        spread = halfway * halfway * (squared - _ONE) + _ONE
        mirrored = light * gloss[2 * v] * max(x * sx + y * sy + z * sz, _ZERO) * squared / (spread * spread)
        slant = max(_ONE - max(x * vx + y * vy + z * vz, _ZERO), _ZERO)
        rim = light * (slant * slant) * (slant * slant)
        dim = _ONE - light
        for c in range(3):
            plain = vertices[8 * v + 4 + c] * light * (_ONE + bounce[c] * dim)
            vertices[8 * v + 4 + c] = plain + mirrored * frame[3, c] + rim * frame[4, c]


@compiled
def moisten(
    rows: Int32, normal: Float32, shade: Float32, wet: tuple[np.float32, np.float32], tawny: Float32, half: Float32,
    frame: Float32, vertices: Float32,
) -> None:  # fmt: skip
    """Adds the gloss of eyes, and keeps irises from being too yellow.

    Args:
      rows: int32[N], vertices of eyes.
      normal: float32[V, 3], of any length. shade: float32[V, 4].
      wet: strength and squared roughness. tawny: float32[3], see `finish.TAWNY`.
      half: float32[3], h on eyes. frame: as in `polish`.
      vertices: float32[V, 8], numbers 4 to 6 of these rows changed.
    """
    for v in rows:
        x, y, z = normal[v, 0], normal[v, 1], normal[v, 2]
        scale = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        x, y, z = x * scale, y * scale, z * scale
        light = shade[v, 0] + shade[v, 1] * frame[1, 0] + shade[v, 2] * frame[1, 1] + shade[v, 3] * frame[1, 2]
        light = min(max(light, _ZERO), _ONE)
        halfway = max(x * half[0] + y * half[1] + z * half[2], _ZERO)
        spread = halfway * halfway * (wet[1] - _ONE) + _ONE
        mirrored = light * wet[0] * wet[1] / (spread * spread)
        for c in range(2, -1, -1):
            plain = max(vertices[v, 4 + c], tawny[c] * vertices[v, 4])
            vertices[v, 4 + c] = plain + mirrored * frame[3, c]


@compiled
def darken(
    rows: Int32, sunken: Float32, position: Float32, mouth: Float32, sky: Float32, bounce: Float32, vertices: Float32
) -> None:
    """Dims what is within the mouth by how much of the opening between the lips it sees.

    Args:
      rows: int32[M], the vertices. sunken: float32[M, 2], see `Finish`.
      position: float32[V, 3], mm, in the camera's space.
      mouth: float32[5, 3]: axes of the face; middle of the opening; half its width and height, and how far it is open.
      sky: float32[4], `finish.SKY`.
      bounce: float32[3].
      vertices: float32[V, 8], numbers 4 to 6 of these rows changed.
    """
    wide, high, parted = mouth[4, 0], mouth[4, 1], mouth[4, 2]
    for k in range(len(rows)):
        v = rows[k]
        x, y, z = position[v, 0] - mouth[3, 0], position[v, 1] - mouth[3, 1], position[v, 2] - mouth[3, 2]
        aside = (x * mouth[0, 0] + y * mouth[0, 1] + z * mouth[0, 2]) / wide
        above = x * mouth[1, 0] + y * mouth[1, 1] + z * mouth[1, 2]
        deep = -(x * mouth[2, 0] + y * mouth[2, 1] + z * mouth[2, 2])
        blur = sky[0] * max(deep, _ONE)
        # The opening narrows towards the corners.
        edge = high * np.sqrt(max(_ONE - aside * aside, np.float32(0.04)))
        above += sky[1] * blur
        top, bottom = (edge - above) / blur, (edge + above) / blur
        left, right = (_ONE - aside) * wide / blur, (_ONE + aside) * wide / blur
        rows_seen = _HALF * (top / np.sqrt(_ONE + top * top) + bottom / np.sqrt(_ONE + bottom * bottom))
        columns_seen = _HALF * (left / np.sqrt(_ONE + left * left) + right / np.sqrt(_ONE + right * right))
        seen = max(rows_seen, _ZERO) * max(columns_seen, _ZERO) * parted
        light = sunken[k, 0] * (sky[3] + (_ONE - sky[3]) * seen ** sky[2])
        dim = sunken[k, 1] * (_ONE - light)
        for c in range(3):
            vertices[v, 4 + c] *= light * (_ONE + bounce[c] * dim)
