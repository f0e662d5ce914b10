"""The inner loops of hair, compiled by numba for one face and one thread, as those of `kernels`.

They call no function of another file, which numba would not notice a change of.
"""

import numpy as np

from au_tf.arrays import Float32, Int32, Int64, UInt8
from au_tf.rendering.native.compiling import compiled, compiled_within

_ZERO, _ONE, _HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)
_TINY = np.float32(1e-20)
NEARER, _WELL_BEFORE, _FAR_BEFORE = np.float32(1.0006), np.float32(1.003), np.float32(1.02)
"""How much nearer what lies on the skin counts as, and from which share on something hides what is behind it."""
_ROUND = np.float32(0.75)
"""How far the edges of a ribbon are turned to the sides, so that it looks like a lock."""


@compiled
def follow(roots: Int32, shares: Float32, home: Float32, shape: Float32, shift: Float32) -> None:
    """How far the expression moves each root: float32[S, 3], written."""
    for s in range(len(roots)):
        for c in range(3):
            total = _ZERO
            for k in range(roots.shape[1]):
                total += shares[s, k] * shape[c, roots[s, k]]
            shift[s, c] = total - home[s, c]


@compiled_within
def _hidden(vertices: Float32, v: int, keys: Int64, well: np.float32) -> bool:
    """Whether something stands well before a corner of a ribbon, so many times as near."""
    column, row = vertices[v, 0], vertices[v, 1]
    height, width = keys.shape
    if not ((column >= _ZERO) & (column <= np.float32(width - 1)) & (row >= _ZERO) & (row <= np.float32(height - 1))):
        return False
    key = keys[int(row + _HALF), int(column + _HALF)]
    return key >= 0 and np.int32(key >> 32).view(np.float32) > well * vertices[v, 2]


@compiled
def comb(
    points: Float32,
    strand: Int32,
    shift: Float32,
    half: Float32,
    out: Float32,
    colour: Float32,
    gloss: Float32,
    thin: UInt8,
    rotation: Float32,
    translation: Float32,
    lens: Float32,
    light: Float32,
    sun: Float32,
    sunlight: Float32,
    face: Int64,
    vertices: Float32,
) -> None:
    """Makes ribbons of strands, places them before the camera and shades them (Kajiya and Kay 1989).

    Args:
      points, strand, half, out, colour, gloss, thin: as in `Strands`.
      shift: float32[S, 3], mm, that each strand is moved.
      rotation, translation, lens, light: as in `PlacedFace`.
      sun: float32[3], where most light comes from.
      sunlight: float32[3], how much.
      face: int64[H, W], of the face, as `kernels.nearest` writes it; what is far behind it has no width and no light.
      vertices: float32[2 N, 8], written: column, row, 1/depth, nothing, linear RGB, opacity.
    """
    count = len(points)
    place, along, normal = np.empty(3, np.float32), np.empty(3, np.float32), np.empty(3, np.float32)
    for n in range(count):
        s = strand[n]
        before, after = n, n
        if n > 0 and strand[n - 1] == s:
            before = n - 1
        if n + 1 < count and strand[n + 1] == s:
            after = n + 1
        for c in range(3):
            place[c], along[c], normal[c] = translation[c], _ZERO, _ZERO
            for k in range(3):
                place[c] += rotation[c, k] * (points[n, k] + shift[s, k])
        x, y, z = place[0], place[1], place[2]
        near = -_ONE / z
        v = 2 * n
        vertices[v, 0] = (lens[0, 0] * x + lens[0, 1] * y + lens[0, 2] * z) * near
        vertices[v, 1] = (lens[1, 0] * x + lens[1, 1] * y + lens[1, 2] * z) * near
        vertices[v, 2] = near
        if _hidden(vertices, v, face, _FAR_BEFORE):
            for k in range(3):
                vertices[v + 1, k] = vertices[v, k]
                vertices[v, 4 + k], vertices[v + 1, 4 + k] = _ZERO, _ZERO
            vertices[v, 7], vertices[v + 1, 7] = _ONE, _ONE
            continue
        for c in range(3):
            for k in range(3):
                along[c] += rotation[c, k] * (points[after, k] - points[before, k])
                normal[c] += rotation[c, k] * out[n, k]
        tx, ty, tz = along[0], along[1], along[2]
        scale = _ONE / np.sqrt(max(tx * tx + ty * ty + tz * tz, _TINY))
        tx, ty, tz = tx * scale, ty * scale, tz * scale
        scale = -_ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        vx, vy, vz = x * scale, y * scale, z * scale
        sx, sy, sz = ty * vz - tz * vy, tz * vx - tx * vz, tx * vy - ty * vx
        scale = _ONE / np.sqrt(max(sx * sx + sy * sy + sz * sz, np.float32(1e-6)))
        sx, sy, sz = sx * scale, sy * scale, sz * scale
        wide, opacity = half[n], _ONE
        # In samples: what is narrower than one would be missed here and there.
        drawn = wide * abs(lens[0, 0]) * near
        if drawn < _HALF:
            wide = wide * _HALF / max(drawn, np.float32(0.01))
            if thin[n]:
                opacity = drawn / _HALF
        hx, hy, hz = sun[0] + vx, sun[1] + vy, sun[2] + vz
        scale = _ONE / np.sqrt(max(hx * hx + hy * hy + hz * hz, _TINY))
        across = (tx * hx + ty * hy + tz * hz) * scale
        shine = max(_ONE - across * across, _ZERO)
        power = shine
        for _ in range(3):
            power = power * power
        shine = gloss[n] * power * power * max(normal[0] * sun[0] + normal[1] * sun[1] + normal[2] * sun[2], _ZERO)
        for side in range(2):
            sign = _ONE - np.float32(2 * side)
            qx, qy, qz = x + sign * wide * sx, y + sign * wide * sy, z + sign * wide * sz
            nx = normal[0] + sign * _ROUND * sx
            ny = normal[1] + sign * _ROUND * sy
            nz = normal[2] + sign * _ROUND * sz
            scale = _ONE / np.sqrt(max(nx * nx + ny * ny + nz * nz, _TINY))
            nx, ny, nz = nx * scale, ny * scale, nz * scale
            v = 2 * n + side
            near = -_ONE / qz
            vertices[v, 0] = (lens[0, 0] * qx + lens[0, 1] * qy + lens[0, 2] * qz) * near
            vertices[v, 1] = (lens[1, 0] * qx + lens[1, 1] * qy + lens[1, 2] * qz) * near
            vertices[v, 2], vertices[v, 7] = near, opacity
            for c in range(3):
                along_x = nx * (light[1, c] + light[4, c] * nx + light[7, c] * ny)
                along_y = ny * (light[2, c] + light[5, c] * ny + light[8, c] * nz)
                along_z = nz * (light[3, c] + light[6, c] * nz + light[9, c] * nx)
                received = max(light[0, c] + along_x + along_y + along_z, _ZERO)
                vertices[v, 4 + c] = colour[n, c] * received + shine * sunlight[c]


@compiled
def fill(triangles: Int32, vertices: Float32, face: Int64, keys: Int64) -> None:
    """The nearest ribbon at each sample's centre, row by row: the boxes about slanting ribbons are mostly empty.

    Most ribbons lie behind the head or deep in the hair: one with all corners well behind what is there is left out.

    Args:
      triangles: int32[M, 3].
      vertices: float32[2 N, 8], as `comb` writes them.
      face: int64[H, W], of the face, as `kernels.nearest` writes it.
      keys: int64[H, W], written: the bits of 1/depth, a float32, above the number of the triangle; -1 for nothing.
    """
    height, width = keys.shape
    keys[:] = -1
    rows, columns = np.float32(height - 1), np.float32(width - 1)
    for k in range(len(triangles)):
        a, b, c = triangles[k, 0], triangles[k, 1], triangles[k, 2]
        ax, ay, bx, by = vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1]
        cx, cy = vertices[c, 0], vertices[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        nearest = min(vertices[a, 2], min(vertices[b, 2], vertices[c, 2]))
        top, bottom = max(min(ay, min(by, cy)), _ZERO), min(max(ay, max(by, cy)), rows)
        # Written so that it is False for numbers that are none.
        if not ((abs(area) > _TINY) & (nearest > _ZERO) & (top <= bottom)):
            continue
        if (
            _hidden(vertices, a, face, _WELL_BEFORE)
            and _hidden(vertices, b, face, _WELL_BEFORE)
            and _hidden(vertices, c, face, _WELL_BEFORE)
        ):
            continue
        if (
            _hidden(vertices, a, keys, _WELL_BEFORE)
            and _hidden(vertices, b, keys, _WELL_BEFORE)
            and _hidden(vertices, c, keys, _WELL_BEFORE)
        ):
            continue
        scale, far = _ONE / area, vertices[a, 2]
        near_b, near_c = (vertices[b, 2] - far) * scale, (vertices[c, 2] - far) * scale
        step = near_b * (cy - ay) - near_c * (by - ay)
        for row in range(int(np.ceil(top)), int(np.floor(bottom)) + 1):
            y = np.float32(row)
            left, right = np.float32(1e9), np.float32(-1e9)
            for edge in range(3):
                if edge == 0:
                    px, py, qx, qy = ax, ay, bx, by
                elif edge == 1:
                    px, py, qx, qy = bx, by, cx, cy
                else:
                    px, py, qx, qy = cx, cy, ax, ay
                if (py <= y) != (qy <= y):
                    cut = px + (y - py) * (qx - px) / (qy - py)
                    left, right = min(left, cut), max(right, cut)
            left, right = max(left, _ZERO), min(right, columns)
            if left > right:
                continue
            first, last = int(np.ceil(left)), int(np.floor(right))
            dx, dy = np.float32(first) - ax, y - ay
            near = far + near_b * (dx * (cy - ay) - dy * (cx - ax)) + near_c * ((bx - ax) * dy - (by - ay) * dx)
            for column in range(first, last + 1):
                key = (np.int64(np.float32(near).view(np.int32)) << 32) | k
                if key > keys[row, column]:
                    keys[row, column] = key
                near += step


@compiled
def lay_over(
    triangles: Int32, vertices: Float32, keys: Int64, behind: Int64, samples: int, pixels: Float32, cover: Float32
) -> None:
    """Lays ribbons over a face, where they are nearer.

    Args:
      triangles: int32[M, 3].
      vertices: float32[2 N, 8], as `comb` writes them.
      keys: int64[samples H, samples W], of the hair, as `kernels.nearest` writes it.
      behind: int64[samples H, samples W], of the face.
      samples: to a side of each pixel.
      pixels: float32[H, W, 5], as `kernels.resolve` writes it; changed.
      cover: float32[H, W], written: how far each pixel shows hair.
    """
    share = _ONE / np.float32(samples * samples)
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            c0, c1, c2, total = _ZERO, _ZERO, _ZERO, _ZERO
            for i in range(y * samples, (y + 1) * samples):
                for j in range(x * samples, (x + 1) * samples):
                    k = np.int32(keys[i, j])
                    if k < 0:
                        continue
                    if behind[i, j] >= 0:
                        face = np.int32(behind[i, j] >> 32).view(np.float32)
                        hair = np.int32(keys[i, j] >> 32).view(np.float32)
                        if hair * NEARER < face:
                            continue
                    a, b, c = triangles[k, 0], triangles[k, 1], triangles[k, 2]
                    ux, uy = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1]
                    vx, vy = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1]
                    dx, dy = np.float32(j) - vertices[a, 0], np.float32(i) - vertices[a, 1]
                    area = ux * vy - uy * vx
                    q = (dx * vy - dy * vx) / area
                    r = (ux * dy - uy * dx) / area
                    q = min(max(q, _ZERO), _ONE)
                    r = min(max(r, _ZERO), _ONE - q)
                    p = _ONE - q - r
                    opacity = p * vertices[a, 7] + q * vertices[b, 7] + r * vertices[c, 7]
                    c0 += opacity * (p * vertices[a, 4] + q * vertices[b, 4] + r * vertices[c, 4])
                    c1 += opacity * (p * vertices[a, 5] + q * vertices[b, 5] + r * vertices[c, 5])
                    c2 += opacity * (p * vertices[a, 6] + q * vertices[b, 6] + r * vertices[c, 6])
                    total += opacity
            cover[y, x] = total * share
            if total > _ZERO:
                rest = _ONE - total * share
                pixels[y, x, 0] = rest * pixels[y, x, 0] + c0 * share
                pixels[y, x, 1] = rest * pixels[y, x, 1] + c1 * share
                pixels[y, x, 2] = rest * pixels[y, x, 2] + c2 * share
                pixels[y, x, 3] = rest * pixels[y, x, 3] + total * share
                pixels[y, x, 4] = rest * pixels[y, x, 4]
