"""The inner loops of this folder, compiled by numba for one face and one thread.

They do no fast-math and sum in a fixed order, so that the same input gives the same bytes whatever the machine and the
number of threads. They stand in one file since numba keeps what it has compiled for as long as the file is the same.
"""

import numpy as np

from au_tf.arrays import Float32, Int32, Int64, UInt8
from au_tf.rendering.native.compiling import compiled, compiled_within

LANES = 8
"""Basis vectors that `combine` adds in one go; their number has to be a multiple of it."""
SUBPIXEL = 12
"""Corners are snapped to 1/4096 pixel, and edges between them are evaluated without rounding."""
FARTHEST = 1 << 16
"""Pixels from the picture's origin beyond which a corner is not drawn."""

_UNIT = 1 << SUBPIXEL
_UNSEEN = -(1 << 31)
_ZERO, _ONE, _HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)
_TINY = np.float32(1e-20)
_STEPS, _REACH = np.float32(_UNIT), np.float32(FARTHEST)
_LEVELS = np.float32(65535.0)
_LEVEL = np.float32(0.004)
"""Slope that changes no level of a picture."""


@compiled
def combine(coefficients: Float32, basis: Float32, base: Float32, out: Float32) -> None:
    """base + coefficients @ basis, in blocks that the cache holds.

    Args:
      coefficients: float32[R, K], K a multiple of `LANES`.
      basis: float32[N, K, M], in N blocks.
      base: float32[R or 1, N, M].
      out: float32[R, N, M], written.
    """
    blocks, count, width = basis.shape
    for n in range(blocks):
        for r in range(len(coefficients)):
            start, row = base[min(r, len(base) - 1), n], out[r, n]
            # Not row[:] = start, whose error message would take half of the compiler's time.
            for m in range(width):
                row[m] = start[m]
        for k in range(0, count, LANES):
            b0, b1, b2, b3 = basis[n, k], basis[n, k + 1], basis[n, k + 2], basis[n, k + 3]
            b4, b5, b6, b7 = basis[n, k + 4], basis[n, k + 5], basis[n, k + 6], basis[n, k + 7]
            for r in range(len(coefficients)):
                own, row = coefficients[r], out[r, n]
                c0, c1, c2, c3 = own[k], own[k + 1], own[k + 2], own[k + 3]
                c4, c5, c6, c7 = own[k + 4], own[k + 5], own[k + 6], own[k + 7]
                for m in range(width):
                    first = (c0 * b0[m] + c1 * b1[m]) + (c2 * b2[m] + c3 * b3[m])
                    row[m] += first + ((c4 * b4[m] + c5 * b5[m]) + (c6 * b6[m] + c7 * b7[m]))


@compiled
def place(
    shape: Float32, rotation: Float32, translation: Float32, lens: Float32, position: Float32, vertices: Float32
) -> None:
    """Moves the vertices before the camera and projects them.

    Here and in `shade` tables are flat: the compiler computes several vertices at once only if it knows their stride.

    Args:
      shape: float32[3, N], mm, x, y and z of the vertices in the model's space.
      rotation: float32[3, 3]. translation: float32[3], mm. Both model to camera.
      lens: float32[2, 3], column and row, times the depth, of a point of the camera's space.
      position: float32[3 V], written: mm, in the camera's space.
      vertices: float32[8 V], the first three of each written: column and row in pixels, 1/depth in 1/mm.
    """
    xs, ys, zs = shape[0], shape[1], shape[2]
    for v in range(len(position) // 3):
        x = rotation[0, 0] * xs[v] + rotation[0, 1] * ys[v] + rotation[0, 2] * zs[v] + translation[0]
        y = rotation[1, 0] * xs[v] + rotation[1, 1] * ys[v] + rotation[1, 2] * zs[v] + translation[1]
        z = rotation[2, 0] * xs[v] + rotation[2, 1] * ys[v] + rotation[2, 2] * zs[v] + translation[2]
        near = -_ONE / z
        position[3 * v], position[3 * v + 1], position[3 * v + 2] = x, y, z
        vertices[8 * v] = (lens[0, 0] * x + lens[0, 1] * y + lens[0, 2] * z) * near
        vertices[8 * v + 1] = (lens[1, 0] * x + lens[1, 1] * y + lens[1, 2] * z) * near
        vertices[8 * v + 2] = near


@compiled
def sum_normals(triangles: Int32, position: Float32, normal: Float32) -> None:
    """Sums at each vertex the normals of its triangles, as long as twice their areas: float32[V, 3], written."""
    normal[:] = _ZERO
    for k in range(len(triangles)):
        a, b, c = triangles[k, 0], triangles[k, 1], triangles[k, 2]
        ax, ay, az = position[a, 0], position[a, 1], position[a, 2]
        ux, uy, uz = position[b, 0] - ax, position[b, 1] - ay, position[b, 2] - az
        vx, vy, vz = position[c, 0] - ax, position[c, 1] - ay, position[c, 2] - az
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            normal[v, 0] += x
            normal[v, 1] += y
            normal[v, 2] += z


@compiled_within
def _received(light: Float32, c: int, x: np.float32, y: np.float32, z: np.float32) -> np.float32:
    """Light of a channel that falls on a surface with that unit normal; see `shade`."""
    along_x = x * (light[1, c] + light[4, c] * x + light[7, c] * y)
    along_y = y * (light[2, c] + light[5, c] * y + light[8, c] * z)
    along_z = z * (light[3, c] + light[6, c] * z + light[9, c] * x)
    return light[0, c] + along_x + along_y + along_z


@compiled
def shade(normal: Float32, light: Float32, albedo: Float32, vertices: Float32) -> None:
    """Albedo times the light that falls on each vertex.

    Args:
      normal: float32[3 V], of any length.
      light: float32[10, 3], irradiance as a polynomial: factors of 1, x, y, z, xx, yy, zz, xy, yz, zx.
      albedo: float32[3, N], linear RGB.
      vertices: float32[8 V], numbers 4 to 6 of each written: linear RGB.
    """
    for v in range(len(normal) // 3):
        x, y, z = normal[3 * v], normal[3 * v + 1], normal[3 * v + 2]
        scale = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        x, y, z = x * scale, y * scale, z * scale
        for c in range(3):
            vertices[8 * v + 4 + c] = albedo[c, v] * _received(light, c, x, y, z)


@compiled
def snap(screen: Float32, grid: Int32) -> None:
    """Rounds places on the screen to whole subpixels.

    Args:
      screen: float32[V, 3 or more], column and row in pixels, 1/depth.
      grid: int32[V, 2], written: column and row, or `_UNSEEN` for what is behind the camera or too far off.
    """
    for v in range(len(screen)):
        column, row = screen[v, 0], screen[v, 1]
        # Written so that it is False for numbers that are none.
        if screen[v, 2] > _ZERO and abs(column) < _REACH and abs(row) < _REACH:
            grid[v, 0] = np.int32(np.floor(column * _STEPS + _HALF))
            grid[v, 1] = np.int32(np.floor(row * _STEPS + _HALF))
        else:
            grid[v, 0], grid[v, 1] = _UNSEEN, _UNSEEN


@compiled_within
def _pixels(a: int, b: int, c: int, size: int) -> tuple[int, int]:
    """First and last pixel centre between three coordinates in subpixels, inside the picture."""
    first = (min(a, min(b, c)) + (_UNIT - 1)) >> SUBPIXEL
    last = max(a, max(b, c)) >> SUBPIXEL
    return max(first, 0), min(last, size - 1)


@compiled_within
def _shift(dx: int, dy: int) -> int:
    """0 if a pixel's centre exactly on an edge is inside, which grows by (dx, dy) from the edge on; else -1.

    It belongs to the triangle on its right or, where the edge is horizontal, to the one below: to one of the two.
    """
    return 0 if dx > 0 or (dx == 0 and dy > 0) else -1


@compiled
def nearest(triangles: Int32, screen: Float32, grid: Int32, keys: Int64) -> None:
    """The nearest triangle at each pixel's centre.

    Branches that cannot be foretold cost more than what they save, so a triangle's box is walked through in one loop
    that has none.

    Args:
      triangles: int32[T, 3].
      screen: float32[V, 3 or more], of which 1/depth is used.
      grid: int32[V, 2], as `snap` writes it.
      keys: int64[H, W], written: the bits of 1/depth, a float32, above the number of the triangle; -1 for nothing.
    """
    height, width = keys.shape
    keys[:] = -1
    flat = keys.reshape(-1)
    for k in range(len(triangles)):
        a, b, c = triangles[k, 0], triangles[k, 1], triangles[k, 2]
        ax, bx, cx = np.int64(grid[a, 0]), np.int64(grid[b, 0]), np.int64(grid[c, 0])
        ay, by, cy = np.int64(grid[a, 1]), np.int64(grid[b, 1]), np.int64(grid[c, 1])
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        left, right = _pixels(ax, bx, cx, width)
        top, bottom = _pixels(ay, by, cy, height)
        if not ((area != 0) & (left <= right) & (top <= bottom) & (min(ax, min(bx, cx)) != _UNSEEN)):
            continue
        sign = 1 if area > 0 else -1
        # Twice the areas towards the corners grow by these from one subpixel to the next.
        a_x, a_y, b_x, b_y = sign * (by - cy), sign * (cx - bx), sign * (cy - ay), sign * (ax - cx)
        c_x, c_y = -a_x - b_x, -a_y - b_y
        column, row = left << SUBPIXEL, top << SUBPIXEL
        a_area = (column - bx) * a_x + (row - by) * a_y
        b_area = (column - cx) * b_x + (row - cy) * b_y
        c_area = sign * area - a_area - b_area
        scale, start = 1.0 / (sign * area), np.float64(screen[a, 2])
        b_near, c_near = (screen[b, 2] - start) * scale, (screen[c, 2] - start) * scale
        near = start + b_area * b_near + c_area * c_near
        near_x, near_y = (b_x * b_near + c_x * c_near) * _UNIT, (b_y * b_near + c_y * c_near) * _UNIT
        a_area, b_area, c_area = a_area + _shift(a_x, a_y), b_area + _shift(b_x, b_y), c_area + _shift(c_x, c_y)
        # From one pixel to the next, and from the last of a row to the first of the next row.
        span = right - left
        a_x, b_x, c_x = a_x << SUBPIXEL, b_x << SUBPIXEL, c_x << SUBPIXEL
        a_y, b_y, c_y = (a_y << SUBPIXEL) - span * a_x, (b_y << SUBPIXEL) - span * b_x, (c_y << SUBPIXEL) - span * c_x
        near_y -= span * near_x
        place, x = top * width + left, 0
        for _ in range((span + 1) * (bottom - top + 1)):
            key = (np.int64(np.float32(near).view(np.int32)) << 32) | k
            found = flat[place]
            flat[place] = key if ((a_area | b_area | c_area) >= 0) & (key > found) else found
            end = x == span
            a_area += a_y if end else a_x
            b_area += b_y if end else b_x
            c_area += c_y if end else c_x
            near += near_y if end else near_x
            place += width - span if end else 1
            x = 0 if end else x + 1


@compiled_within
def weigh(a: int, b: int, c: int, screen: Float32, x: int, y: int) -> tuple[np.float32, np.float32, np.float32]:
    """Perspective-correct weights of a triangle's corners at a pixel inside it, of sum 1."""
    ax, ay = screen[a, 0], screen[a, 1]
    ux, uy, vx, vy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
    dx, dy = np.float32(x) - ax, np.float32(y) - ay
    area, second, third = ux * vy - uy * vx, vy * dx - vx * dy, ux * dy - uy * dx
    first = area - second - third
    if area < _ZERO:
        first, second, third = -first, -second, -third
    first, second, third = max(first, _TINY), max(second, _TINY), max(third, _TINY)
    first, second, third = first * screen[a, 2], second * screen[b, 2], third * screen[c, 2]
    scale = _ONE / (first + second + third)
    return first * scale, second * scale, third * scale


@compiled
def spread(
    triangles: Int32, screen: Float32, keys: Int64, visible: Int32, barycentric: Float32, depth: Float32
) -> None:
    """Takes apart what `nearest` has written.

    Args:
      triangles: int32[T, 3].
      screen: float32[V, 3 or more].
      keys: int64[H, W].
      visible: int32[H, W], written: the triangle, -1 where there is none.
      barycentric: float32[H, W, 3], written: weights of its corners, 0 where there is none.
      depth: float32[H, W], written: mm, 0 where there is none.
    """
    for y in range(keys.shape[0]):
        for x in range(keys.shape[1]):
            k = np.int32(keys[y, x])
            visible[y, x] = k
            if k < 0:
                barycentric[y, x], depth[y, x] = _ZERO, _ZERO
            else:
                a, b, c = triangles[k, 0], triangles[k, 1], triangles[k, 2]
                barycentric[y, x, 0], barycentric[y, x, 1], barycentric[y, x, 2] = weigh(a, b, c, screen, x, y)
                depth[y, x] = _ONE / np.int32(keys[y, x] >> 32).view(np.float32)


@compiled
def resolve(triangles: Int32, vertices: Float32, keys: Int64, samples: int, pixels: Float32) -> None:
    """Spreads what the vertices have over the pixels, and averages the samples of each pixel.

    Args:
      triangles: int32[T, 3].
      vertices: float32[V, 8]: column and row in samples, 1/depth, nothing, four channels.
      keys: int64[samples H, samples W], as `nearest` writes it.
      samples: to a side of each pixel.
      pixels: float32[H, W, 5], written: the first three channels multiplied by coverage, coverage, and the fourth one
        multiplied by it.
    """
    share = _ONE / np.float32(samples * samples)
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            c0, c1, c2, c3, count = _ZERO, _ZERO, _ZERO, _ZERO, 0
            for i in range(y * samples, (y + 1) * samples):
                for j in range(x * samples, (x + 1) * samples):
                    k = np.int32(keys[i, j])
                    if k >= 0:
                        u, v, w = triangles[k, 0], triangles[k, 1], triangles[k, 2]
                        p, q, r = weigh(u, v, w, vertices, j, i)
                        c0 += p * vertices[u, 4] + q * vertices[v, 4] + r * vertices[w, 4]
                        c1 += p * vertices[u, 5] + q * vertices[v, 5] + r * vertices[w, 5]
                        c2 += p * vertices[u, 6] + q * vertices[v, 6] + r * vertices[w, 6]
                        c3 += p * vertices[u, 7] + q * vertices[v, 7] + r * vertices[w, 7]
                        count += 1
            pixels[y, x, 0], pixels[y, x, 1], pixels[y, x, 2] = c0 * share, c1 * share, c2 * share
            pixels[y, x, 3], pixels[y, x, 4] = np.float32(count) * share, c3 * share


@compiled
def fold(rows: Int32, patches: Int32, shares: Float32, layers: Int32, depths: Float32, folds: Float32) -> None:
    """How deep the wrinkles are at each vertex.

    Args:
      rows: int32[R], the vertices that belong to patches.
      patches: int32[V, K], which each vertex belongs to. shares: float32[V, K], how much, the largest first.
      layers: int32[P], the layer of each patch. depths: float32[P], mm.
      folds: float32[V, 2 + layers], from the third on written in these rows: mm of depth in each layer.
    """
    for v in rows:
        for n in range(2, folds.shape[1]):
            folds[v, n] = _ZERO
        for k in range(patches.shape[1]):
            if shares[v, k] == _ZERO:
                break
            p = patches[v, k]
            folds[v, 2 + layers[p]] += shares[v, k] * depths[p]


@compiled_within
def _shrink(table: Float32, row: int) -> np.float32:
    """What makes a row of float32[N, 3] as long as 1."""
    x, y, z = table[row, 0], table[row, 1], table[row, 2]
    return _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))


@compiled_within
def _wrinkled(
    corners: tuple[int, int, int],
    own: tuple[np.float32, np.float32, np.float32],
    slopes: tuple[np.float32, np.float32],
    position: Float32,
    normal: Float32,
    folds: Float32,
    light: Float32,
    limits: tuple[np.float32, np.float32, np.float32],
    factor: Float32,
) -> None:
    """Multiplies float32[3] by the light on a slope over that on the plain skin, at a point of a triangle.

    Args:
      corners: vertices of the triangle. own: their weights.
      slopes: of the height along the map's columns and rows, in heights of a texel.
      position, normal, folds, light, limits: as in `embellish`.
      factor: float32[3].
    """
    a, b, c = corners[0], corners[1], corners[2]
    ux, uy, uz = (position[b, 0] - position[a, 0], position[b, 1] - position[a, 1], position[b, 2] - position[a, 2])
    vx, vy, vz = (position[c, 0] - position[a, 0], position[c, 1] - position[a, 1], position[c, 2] - position[a, 2])
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    size = _ONE / max(nx * nx + ny * ny + nz * nz, _TINY)
    # How much the height grows along the edges, and the gradient on the surface that says so.
    rise = size * (slopes[0] * (folds[b, 0] - folds[a, 0]) + slopes[1] * (folds[b, 1] - folds[a, 1]))
    lift = size * (slopes[0] * (folds[c, 0] - folds[a, 0]) + slopes[1] * (folds[c, 1] - folds[a, 1]))
    gx = rise * (vy * nz - vz * ny) + lift * (ny * uz - nz * uy)
    gy = rise * (vz * nx - vx * nz) + lift * (nz * ux - nx * uz)
    gz = rise * (vx * ny - vy * nx) + lift * (nx * uy - ny * ux)
    p, q, r = own[0] * _shrink(normal, a), own[1] * _shrink(normal, b), own[2] * _shrink(normal, c)
    x = p * normal[a, 0] + q * normal[b, 0] + r * normal[c, 0]
    y = p * normal[a, 1] + q * normal[b, 1] + r * normal[c, 1]
    z = p * normal[a, 2] + q * normal[b, 2] + r * normal[c, 2]
    plain = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
    x, y, z = plain * x, plain * y, plain * z
    gx, gy, gz = x - gx, y - gy, z - gz
    tilted = _ONE / np.sqrt(max(gx * gx + gy * gy + gz * gz, _TINY))
    gx, gy, gz = tilted * gx, tilted * gy, tilted * gz
    for n in range(3):
        before, after = max(_received(light, n, x, y, z), limits[0]), max(_received(light, n, gx, gy, gz), limits[0])
        factor[n] *= min(after / before, limits[1])


@compiled
def embellish(
    triangles: Int32,
    mapped: Int64,
    wanted: int,
    vertices: Float32,
    keys: Int64,
    samples: int,
    position: Float32,
    normal: Float32,
    light: Float32,
    folds: Float32,
    relief: Float32,
    marks: Float32,
    tints: Float32,
    shrink: np.float32,
    finest: np.float32,
    cavity: Float32,
    limits: tuple[np.float32, np.float32, np.float32],
    pixels: Float32,
) -> None:
    """Lights the wrinkles and tints the marks of the skin, once a pixel, at the sample in its middle.

    Args:
      triangles: int32[T, 3].
      mapped: int64[T], bits of a triangle: the first that it lies on the map, then a bit for each patch.
      wanted: the bits of triangles that are looked at: the first if there are marks, those of patches with wrinkles.
      vertices, keys, samples, pixels: as in `resolve`; the colours of the pixels are changed.
      position: float32[V, 3], mm. normal: float32[V, 3], of any length. light: float32[10, 3], see `shade`.
      folds: float32[V, 2 + layers], column and row in the finest map, and depth in each layer, mm.
      relief: float32[layers, h, w, 3], a level of `Maps.relief`. marks: float32[h, w, M], the same of `Maps.marks`.
      tints: float32[M, 3], what a mark adds, a share of the colour.
      shrink: texels of this level a texel of the finest. finest: texels of the finest level a mm.
      cavity: float32[3], `lighting.CAVITY`. limits: `lighting`'s DIM, BRIGHTER, DARKEST.
    """
    middle, scale = samples // 2, _ONE / finest
    tinted = wanted & 1
    factor = np.empty(3, np.float32)
    for i in range(pixels.shape[0]):
        for j in range(pixels.shape[1]):
            k = np.int32(keys[i * samples + middle, j * samples + middle])
            if k < 0 or not mapped[k] & wanted:
                continue
            a, b, c = triangles[k, 0], triangles[k, 1], triangles[k, 2]
            folded = (mapped[k] & wanted) > 1
            p, q, r = weigh(a, b, c, vertices, j * samples + middle, i * samples + middle)
            u = (p * folds[a, 0] + q * folds[b, 0] + r * folds[c, 0] + _HALF) * shrink - _HALF
            v = (p * folds[a, 1] + q * folds[b, 1] + r * folds[c, 1] + _HALF) * shrink - _HALF
            u = min(max(u, _ZERO), np.float32(marks.shape[1] - 2))
            v = min(max(v, _ZERO), np.float32(marks.shape[0] - 2))
            x, y = int(u), int(v)
            u, v = u - np.float32(x), v - np.float32(y)
            upper, lower = (_ONE - v) * (_ONE - u), v * (_ONE - u)
            upper_next, lower_next = (_ONE - v) * u, v * u
            factor[0], factor[1], factor[2] = _ONE, _ONE, _ONE
            if tinted:
                for m in range(len(tints)):
                    strength = upper * marks[y, x, m] + upper_next * marks[y, x + 1, m]
                    strength += lower * marks[y + 1, x, m] + lower_next * marks[y + 1, x + 1, m]
                    for n in range(3):
                        factor[n] += strength * tints[m, n]
            if folded:
                along, down, dark = _ZERO, _ZERO, _ZERO
                for n in range(len(relief)):
                    depth = p * folds[a, 2 + n] + q * folds[b, 2 + n] + r * folds[c, 2 + n]
                    if depth > _ZERO:
                        first, second, third, fourth = (
                            depth * upper,
                            depth * upper_next,
                            depth * lower,
                            depth * lower_next,
                        )
                        along += first * relief[n, y, x, 0] + second * relief[n, y, x + 1, 0]
                        along += third * relief[n, y + 1, x, 0] + fourth * relief[n, y + 1, x + 1, 0]
                        down += first * relief[n, y, x, 1] + second * relief[n, y, x + 1, 1]
                        down += third * relief[n, y + 1, x, 1] + fourth * relief[n, y + 1, x + 1, 1]
                        dark += first * relief[n, y, x, 2] + second * relief[n, y, x + 1, 2]
                        dark += third * relief[n, y + 1, x, 2] + fourth * relief[n, y + 1, x + 1, 2]
                if max(abs(along), abs(down)) > _LEVEL:
                    slopes = along * scale, down * scale
                    _wrinkled((a, b, c), (p, q, r), slopes, position, normal, folds, light, limits, factor)
                for n in range(3):
                    factor[n] *= _ONE - min(cavity[n] * dark, limits[2])
            for n in range(3):
                pixels[i, j, n] *= max(factor[n], _ZERO)


@compiled
def develop(pixels: Float32, background: UInt8, decode: Float32, encode: UInt8, image: UInt8) -> None:
    """Lays a face over a background and encodes it.

    Args:
      pixels: float32[H, W, 5], as `resolve` writes it.
      background: uint8[H or 1, W or 1, 3], sRGB.
      decode: float32[256], linear light of each level.
      encode: uint8[65536], level of linear light in steps of 1/65535.
      image: uint8[H, W, 3], written: sRGB.
    """
    height, width = pixels.shape[:2]
    rows, columns = background.shape[:2]
    for y in range(height):
        for x in range(width):
            behind = background[min(y, rows - 1), min(x, columns - 1)]
            rest = _ONE - pixels[y, x, 3]
            for c in range(3):
                if rest == _ONE:
                    image[y, x, c] = behind[c]
                else:
                    linear = pixels[y, x, c] + rest * decode[behind[c]]
                    # A number that is none becomes black, not an index.
                    linear = min(linear, _ONE) if linear > _ZERO else _ZERO
                    image[y, x, c] = encode[np.int64(linear * _LEVELS + _HALF)]
