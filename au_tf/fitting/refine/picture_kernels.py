"""The inner loops of `appearance`, compiled by numba: how the picture of a face follows from its vertices.

A pixel is the mean of samples. A sample lies in a triangle and takes its colour from the three corners, so it changes
when their colours change and when the triangle moves under it. A corner's colour hangs on its normal, and that on the
corners of all triangles about it. So each pixel follows from few vertices, through factors that are gathered here and
then multiplied by the bases. Visibility is held: what appears or disappears has no derivative.
"""

import numpy as np

from au_tf.arrays import Float32, Int32
from au_tf.rendering.native.compiling import compiled, compiled_within

MOST = 512
"""Most vertices that one pixel may hang on; further ones, of a face a few pixels wide, are left out."""
_FAINT = np.float32(0.02)
"""Weight of a vertex in a pixel below which the turn of its normal is left out."""
_ZERO, _ONE, _TINY = np.float32(0.0), np.float32(1.0), np.float32(1e-20)


@compiled
def shade(
    normal: Float32, light: Float32, albedo: Float32, irradiance: Float32, colour: Float32, turning: Float32
) -> None:
    """Colours of the vertices, and how they change with the normals.

    Args:
      normal: float32[V, 3], of any length.
      light: float32[10, 3], factors of 1, x, y, z, xx, yy, zz, xy, yz, zx in the irradiance.
      albedo: float32[V, 3], linear RGB.
      irradiance: float32[V, 3], written.
      colour: float32[V, 3], written: linear RGB.
      turning: float32[V, 3, 3], written: derivative of each channel by the normal of that length.
    """
    for v in range(len(normal)):
        x, y, z = normal[v, 0], normal[v, 1], normal[v, 2]
        scale = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        x, y, z = x * scale, y * scale, z * scale
        for c in range(3):
            along_x = light[4, c] * x + light[7, c] * y
            along_y = light[5, c] * y + light[8, c] * z
            along_z = light[6, c] * z + light[9, c] * x
            by_x = light[1, c] + along_x + light[4, c] * x + light[9, c] * z
            by_y = light[2, c] + along_y + light[5, c] * y + light[7, c] * x
            by_z = light[3, c] + along_z + light[6, c] * z + light[8, c] * y
            received = light[0, c] + x * (light[1, c] + along_x) + y * (light[2, c] + along_y)
            received += z * (light[3, c] + along_z)
            irradiance[v, c], colour[v, c] = received, albedo[v, c] * received
            # A change of length changes nothing.
            radial, size = by_x * x + by_y * y + by_z * z, albedo[v, c] * scale
            turning[v, c, 0] = (by_x - radial * x) * size
            turning[v, c, 1] = (by_y - radial * y) * size
            turning[v, c, 2] = (by_z - radial * z) * size


@compiled
def average(
    triangles: Int32, visible: Int32, weights: Float32, colour: Float32, samples: int, places: Int32, pixels: Float32
) -> None:
    """Colours of pixels all of whose samples show a triangle.

    Args:
      triangles: int32[T, 3].
      visible: int32[samples H, samples W], the triangle that each sample shows.
      weights: float32[samples H, samples W, 3], barycentric.
      colour: float32[V, 3], of the vertices.
      samples: to a side of each pixel.
      places: int32[P, 2], (row, column).
      pixels: float32[P, 3], written.
    """
    share = _ONE / np.float32(samples * samples)
    for p in range(len(places)):
        top, left = places[p, 0] * samples, places[p, 1] * samples
        r, g, b = _ZERO, _ZERO, _ZERO
        for i in range(top, top + samples):
            for j in range(left, left + samples):
                for corner in range(3):
                    v, w = triangles[visible[i, j], corner], weights[i, j, corner] * share
                    r, g, b = r + w * colour[v, 0], g + w * colour[v, 1], b + w * colour[v, 2]
        pixels[p, 0], pixels[p, 1], pixels[p, 2] = r, g, b


@compiled_within
def _entry(vertex: int, slots: Int32, found: Int32, count: int, weight: Float32, factor: Float32) -> tuple[int, int]:
    """The place of a vertex among those found, -1 if there is no room, and how many there are then."""
    k = slots[vertex]
    if k >= 0 or count == MOST:
        return k, count
    slots[vertex], found[count], weight[count] = count, vertex, _ZERO
    for channel in range(3):
        for axis in range(3):
            factor[count, channel, axis] = _ZERO
    return count, count + 1


@compiled_within
def _slopes(a: int, b: int, c: int, screen: Float32, colour: Float32, slopes: Float32) -> None:
    """Change of a triangle's colour from pixel to pixel: float32[3, 2], written."""
    ux, uy = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
    vx, vy = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
    area = ux * vy - uy * vx
    scale = _ONE / area if area != _ZERO else _ZERO
    for k in range(3):
        first, second = colour[b, k] - colour[a, k], colour[c, k] - colour[a, k]
        slopes[k, 0] = (first * vy - second * uy) * scale
        slopes[k, 1] = (second * ux - first * vx) * scale


@compiled_within
def _gather_motion(
    triangles: Int32,
    visible: Int32,
    weights: Float32,
    place: Int32,
    samples: int,
    screen: Float32,
    lens: Float32,
    colour: Float32,
    slopes: Float32,
    slots: Int32,
    found: Int32,
    weight: Float32,
    factor: Float32,
) -> int:
    """The vertices of the triangles seen in a pixel: their weights, and what their motion brings under it."""
    count, share = 0, _ONE / np.float32(samples * samples)
    for i in range(place[0] * samples, (place[0] + 1) * samples):
        for j in range(place[1] * samples, (place[1] + 1) * samples):
            t = visible[i, j]
            _slopes(triangles[t, 0], triangles[t, 1], triangles[t, 2], screen, colour, slopes)
            for corner in range(3):
                v, w = triangles[t, corner], weights[i, j, corner] * share
                k, count = _entry(v, slots, found, count, weight, factor)
                if k < 0:
                    continue
                weight[k] += w
                for c in range(3):
                    for axis in range(3):
                        moved = slopes[c, 0] * lens[v, 0, axis] + slopes[c, 1] * lens[v, 1, axis]
                        factor[k, c, axis] -= w * moved
    return count


@compiled_within
def _gather_turning(
    triangles: Int32,
    starts: Int32,
    around: Int32,
    position: Float32,
    turning: Float32,
    count: int,
    slots: Int32,
    found: Int32,
    weight: Float32,
    factor: Float32,
) -> int:
    """Adds what the vertices about the first `count` do to their normals."""
    own = count
    for k in range(own):
        v, w = found[k], weight[k]
        if w < _FAINT:
            continue
        for place in range(starts[v], starts[v + 1]):
            t = around[place]
            for corner in range(3):
                # The triangle's normal is a x b + b x c + c x a: it turns by da x (b - c).
                b, c = triangles[t, (corner + 1) % 3], triangles[t, (corner + 2) % 3]
                x = (position[b, 0] - position[c, 0]) * w
                y = (position[b, 1] - position[c, 1]) * w
                z = (position[b, 2] - position[c, 2]) * w
                e, count = _entry(triangles[t, corner], slots, found, count, weight, factor)
                if e < 0:
                    continue
                for channel in range(3):
                    hx, hy, hz = turning[v, channel, 0], turning[v, channel, 1], turning[v, channel, 2]
                    factor[e, channel, 0] += y * hz - z * hy
                    factor[e, channel, 1] += z * hx - x * hz
                    factor[e, channel, 2] += x * hy - y * hx
    return count


@compiled_within
def _by_shape(
    found: Int32, factor: Float32, count: int, turned: Float32, rotation: Float32, basis: Float32, row: Float32
) -> None:
    """Adds the derivatives by turn, shift and shape: the first 6 + K columns of float32[3, N]."""
    size = basis.shape[2]
    red, green, blue = row[0, 6 : 6 + size], row[1, 6 : 6 + size], row[2, 6 : 6 + size]
    for k in range(count):
        v = found[k]
        for c in range(3):
            x, y, z = factor[k, c, 0], factor[k, c, 1], factor[k, c, 2]
            row[c, 0] += turned[v, 1] * z - turned[v, 2] * y
            row[c, 1] += turned[v, 2] * x - turned[v, 0] * z
            row[c, 2] += turned[v, 0] * y - turned[v, 1] * x
            row[c, 3], row[c, 4], row[c, 5] = row[c, 3] + x, row[c, 4] + y, row[c, 5] + z
        for axis in range(3):
            u, v_, w = rotation[0, axis], rotation[1, axis], rotation[2, axis]
            r = factor[k, 0, 0] * u + factor[k, 0, 1] * v_ + factor[k, 0, 2] * w
            g = factor[k, 1, 0] * u + factor[k, 1, 1] * v_ + factor[k, 1, 2] * w
            b = factor[k, 2, 0] * u + factor[k, 2, 1] * v_ + factor[k, 2, 2] * w
            column = basis[v, axis]
            for m in range(size):
                red[m] += r * column[m]
                green[m] += g * column[m]
                blue[m] += b * column[m]


@compiled_within
def _by_appearance(
    found: Int32,
    weight: Float32,
    count: int,
    first: int,
    irradiance: Float32,
    albedo: Float32,
    harmonics: Float32,
    basis: Float32,
    row: Float32,
) -> None:
    """Adds the derivatives by albedo and lighting: the columns of float32[3, N] from `first` on."""
    size = basis.shape[2]
    for k in range(count):
        v = found[k]
        for c in range(3):
            lit, column, part = weight[k] * irradiance[v, c], basis[v, c], row[c, first : first + size]
            for m in range(size):
                part[m] += lit * column[m]
            reflected, start = weight[k] * albedo[v, c], first + size + c
            for m in range(9):
                row[c, start + 3 * m] += reflected * harmonics[v, m]


@compiled
def differentiate(
    mesh: tuple[Int32, Int32, Int32],
    seen: tuple[Int32, Float32],
    samples: int,
    places: Int32,
    geometry: tuple[Float32, Float32, Float32, Float32, Float32],
    shading: tuple[Float32, Float32, Float32, Float32, Float32],
    bases: tuple[Float32, Float32],
    rows: Float32,
) -> None:
    """Derivatives of pixels by turn (from the left, about the origin of the face), shift, shape, albedo and lighting.

    Args:
      mesh: triangles int32[T, 3]; those about each vertex int32[3 T], and where each vertex' start int32[V + 1].
      seen: visible triangles int32[samples H, samples W], barycentric float32[samples H, samples W, 3].
      samples: to a side of each pixel.
      places: int32[P, 2], (row, column) of pixels that show triangles only.
      geometry: positions float32[V, 3] in the camera's space and the same without the shift; column and row
        float32[V, 3] in samples; their derivatives float32[V, 2, 3]; rotation float32[3, 3].
      shading: what `shade` writes, irradiance, colour and turning; albedo float32[V, 3]; harmonics float32[V, 9].
      bases: of the shape float32[V, 3, K], of the albedo float32[V, 3, A].
      rows: float32[P, 3, 6 + K + A + 27], written; the lighting's as [9, 3].
    """
    triangles, around, starts = mesh
    position, turned, screen, lens, rotation = geometry
    irradiance, colour, turning, albedo, harmonics = shading
    slots, found, weight = np.full(len(position), -1, np.int32), np.empty(MOST, np.int32), np.empty(MOST, np.float32)
    factor, slopes = np.empty((MOST, 3, 3), np.float32), np.empty((3, 2), np.float32)
    for p in range(len(places)):
        row = rows[p]
        row[:] = _ZERO
        count = _gather_motion(
            triangles, seen[0], seen[1], places[p], samples, screen, lens, colour, slopes, slots, found, weight, factor
        )
        more = _gather_turning(triangles, starts, around, position, turning, count, slots, found, weight, factor)
        _by_shape(found, factor, more, turned, rotation, bases[0], row)
        for k in range(more):
            slots[found[k]] = -1
        first = 6 + bases[0].shape[2]
        _by_appearance(found, weight, count, first, irradiance, albedo, harmonics, bases[1], row)
