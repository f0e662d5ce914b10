"""Which triangle every pixel shows, and where in it: a scan-line z-buffer in plain TensorFlow ops.

Each triangle is cut into rows of pixels between its left and right edge, each row into pixels, and a segment
maximum keeps the nearest. Edges are evaluated from their upper end whichever triangle asks, so neighbours meet
without gaps. Visibility has no derivative; the barycentric coordinates are computed anew from the vertices of the
visible triangle and are differentiable.
"""

from typing import Any, NamedTuple

import tensorflow as tf

_CANDIDATES = 1 << 21
"""Bound on the pixels of bounding boxes handled at once, which bounds memory; one triangle may exceed it."""


class Fragments(NamedTuple):
    """What each pixel shows."""

    triangle: tf.Tensor
    """int32[B, H, W], the visible triangle, -1 where there is none."""
    barycentric: tf.Tensor
    """float32[B, H, W, 3], perspective-correct weights of its corners, of sum 1; 0 where there is none."""

    @property
    def mask(self) -> tf.Tensor:
        """bool[B, H, W], where there is a triangle."""
        return self.triangle >= 0


def rasterize(screen: Any, triangles: Any, height: int, width: int, cull_backfaces: bool = False) -> Fragments:
    """Finds the nearest triangle at each pixel's centre and the barycentric coordinates there.

    A triangle with a corner at depth 0 or less is left out whole: there is no clipping.

    Args:
      screen: float32[B, V, 3], column px, row px, depth mm, as `project` returns.
      triangles: int32[T, 3].
      height: rows of the picture.
      width: columns of the picture.
      cull_backfaces: leave out the triangles that are clockwise as seen, the far side of a closed mesh.

    Returns:
      Fragments; the coordinates are differentiable with respect to `screen`.
    """
    screen = tf.convert_to_tensor(screen, tf.float32)
    triangles = tf.convert_to_tensor(triangles, tf.int32)
    visible = _visible(tf.stop_gradient(screen), triangles, height, width, cull_backfaces)
    visible = tf.ensure_shape(visible, [screen.shape[0], height, width])
    return Fragments(visible, _barycentric(screen, triangles, visible))


def interpolate(fragments: Fragments, triangles: Any, attributes: Any) -> tf.Tensor:
    """Spreads attributes of the vertices over the pixels.

    Args:
      fragments: what `rasterize` returned.
      triangles: int32[T, 3].
      attributes: float32[B, V, C].

    Returns:
      float32[B, H, W, C], 0 where there is no triangle.
    """
    attributes = tf.convert_to_tensor(attributes, tf.float32)
    corners = tf.gather(tf.convert_to_tensor(triangles, tf.int32), tf.maximum(fragments.triangle, 0))
    values = tf.gather(attributes, corners, batch_dims=1)
    return tf.reduce_sum(values * fragments.barycentric[..., tf.newaxis], -2)


def _barycentric(screen: tf.Tensor, triangles: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
    corners = _corners(screen, triangles)
    a, b, c = (corners[..., k : k + 3] for k in (0, 3, 6))
    ux, uy, vx, vy = b[..., 0] - a[..., 0], b[..., 1] - a[..., 1], c[..., 0] - a[..., 0], c[..., 1] - a[..., 1]
    area = ux * vy - uy * vx
    area = tf.where(area == 0.0, 1.0, area)
    # Weights of b and c grow linearly over the screen from 0 at a.
    linear = tf.stack([a[..., 0], a[..., 1], vy / area, -vx / area, -uy / area, ux / area], -1)
    depths = tf.stack([a[..., 2], b[..., 2], c[..., 2]], -1)
    inverse = tf.math.divide_no_nan(1.0, depths)
    index = tf.maximum(visible, 0)
    x0, y0, bx, by, cx, cy, wa, wb, wc = tf.unstack(
        tf.gather(tf.concat([linear, inverse], -1), index, batch_dims=1), axis=-1
    )
    height, width = tf.shape(visible)[1], tf.shape(visible)[2]
    dx = tf.cast(tf.range(width), tf.float32) - x0
    dy = tf.cast(tf.range(height), tf.float32)[:, tf.newaxis] - y0
    second = tf.clip_by_value(bx * dx + by * dy, 0.0, 1.0)
    third = tf.clip_by_value(cx * dx + cy * dy, 0.0, 1.0 - second)
    first = 1.0 - second - third
    weights = tf.stack([first * wa, second * wb, third * wc], -1)
    total = tf.reduce_sum(weights, -1, keepdims=True)
    shown = tf.cast(visible >= 0, tf.float32)[..., tf.newaxis]
    return tf.math.divide_no_nan(weights * shown, total)


def _corners(screen: tf.Tensor, triangles: tf.Tensor) -> tf.Tensor:
    """float32[..., V, 3] and int32[T, 3] to float32[..., T, 9]: column, row, depth of each corner."""
    corners = tf.gather(screen, triangles, axis=-2)
    return tf.reshape(corners, tf.concat([tf.shape(corners)[:-2], [9]], 0))


@tf.function(
    input_signature=[
        tf.TensorSpec([None, None, 3], tf.float32),
        tf.TensorSpec([None, 3], tf.int32),
        tf.TensorSpec([], tf.int32),
        tf.TensorSpec([], tf.int32),
        tf.TensorSpec([], tf.bool),
    ]
)
def _visible(screen: tf.Tensor, triangles: tf.Tensor, height: Any, width: Any, cull: Any) -> tf.Tensor:
    return tf.map_fn(
        lambda one: _visible_one(one, triangles, height, width, cull),
        screen,
        fn_output_signature=tf.TensorSpec([None, None], tf.int32),
        parallel_iterations=2,
    )


def _visible_one(screen: tf.Tensor, triangles: tf.Tensor, height: Any, width: Any, cull: Any) -> tf.Tensor:
    """The visible triangle int32[H, W] of one picture, screen float32[V, 3]."""
    corners, ids, size = _candidates(_corners(screen, triangles), height, width, cull)
    ends = tf.cumsum(size)
    count = tf.shape(ids)[0]

    def body(start: tf.Tensor, nearest: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        done = ends[start] - size[start]
        stop = tf.searchsorted(ends, [done + _CANDIDATES], side="right", out_type=tf.int32)[0]
        stop = tf.maximum(stop, start + 1)
        pixels, keys = _fill(corners[start:stop], ids[start:stop], height, width)
        return stop, tf.maximum(nearest, tf.math.unsorted_segment_max(keys, pixels, height * width))

    nearest = tf.fill([height * width], tf.constant(-1, tf.int64))
    _, nearest = tf.while_loop(lambda start, _: start < count, body, [tf.constant(0), nearest], parallel_iterations=1)
    # The low half of a key is its triangle; of -1 it is -1.
    return tf.reshape(tf.bitcast(nearest, tf.int32)[:, 0], [height, width])


def _candidates(corners: tf.Tensor, height: Any, width: Any, cull: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Keeps the triangles that can show: corners float32[N, 9], ids int32[N], pixels of the bounding box int64[N]."""
    ax, ay, az, bx, by, bz, cx, cy, cz = tf.unstack(corners, axis=-1)
    top, bottom = _limits(ay, by, cy, height)
    left, right = _limits(ax, bx, cx, width)
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    front = tf.logical_or(area < 0.0, tf.logical_and(area > 0.0, tf.logical_not(cull)))
    seen = tf.minimum(az, tf.minimum(bz, cz)) > 0.0
    ids = tf.where((top <= bottom) & (left <= right) & front & seen)[:, 0]
    size = tf.cast(tf.gather((bottom - top + 1.0) * (right - left + 1.0), ids), tf.int64)
    return tf.gather(corners, ids), tf.cast(ids, tf.int32), size


def _limits(a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, size: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """First and last pixel centre between three coordinates, inside the picture."""
    first = tf.math.ceil(tf.minimum(a, tf.minimum(b, c)))
    last = tf.math.floor(tf.maximum(a, tf.maximum(b, c)))
    return tf.maximum(first, 0.0), tf.minimum(last, tf.cast(size - 1, tf.float32))


def _fill(corners: tf.Tensor, ids: tf.Tensor, height: Any, width: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Every pixel of every triangle: its place int32[P] in the flat picture and its key int64[P].

    Keys order by nearness (the bits of a positive float order like the float), then by triangle.
    """
    edges, first_row, rows = _pieces(corners, height)
    piece, offset = _expand(rows)
    row = tf.gather(first_row, piece) + offset
    first, count, start, slope = _spans(tf.gather(edges, piece), tf.cast(row, tf.float32), width)
    place = tf.stack([row * width + first, tf.gather(ids, piece % tf.shape(ids)[0])], -1)
    span, offset = _expand(count)
    places = tf.gather(place, span)
    nearness = tf.gather(tf.stack([start, slope], -1), span)
    nearness = nearness[:, 0] + tf.cast(offset, tf.float32) * nearness[:, 1]
    keys = tf.bitwise.left_shift(tf.cast(tf.bitcast(nearness, tf.int32), tf.int64), tf.constant(32, tf.int64))
    return places[:, 0] + offset, keys + tf.cast(places[:, 1], tf.int64)


def _pieces(corners: tf.Tensor, height: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Cuts triangles at the height of the middle corner, so that each piece has one left and one right edge.

    Returns:
      float32[2 N, 10], for each of the two edges its upper end (column, row, 1/depth) and the slopes of column and
      1/depth by row; int32[2 N], first row; int32[2 N], rows. The upper pieces come first, then the lower.
    """
    points = [tf.unstack(corners[:, k : k + 3], axis=-1) for k in (0, 3, 6)]
    points = [(y, x, 1.0 / z) for x, y, z in points]
    for low, high in ((0, 1), (1, 2), (0, 1)):
        points[low], points[high] = _ordered(points[low], points[high])
    top, middle, bottom = points
    long = _edge(top, bottom)
    edges = [tf.stack(long + _edge(*ends), -1) for ends in ((top, middle), (middle, bottom))]
    last = tf.cast(height - 1, tf.float32)
    begin = tf.clip_by_value(tf.math.ceil(top[0]), 0.0, last + 1.0)
    cut = tf.clip_by_value(tf.math.ceil(middle[0]), 0.0, last + 1.0)
    end = tf.minimum(tf.math.floor(bottom[0]), last) + 1.0
    rows = tf.concat([cut - begin, tf.maximum(end - cut, 0.0)], 0)
    return tf.concat(edges, 0), tf.cast(tf.concat([begin, cut], 0), tf.int32), tf.cast(rows, tf.int32)


def _ordered(a: tuple[tf.Tensor, ...], b: tuple[tf.Tensor, ...]) -> tuple[tuple[tf.Tensor, ...], ...]:
    """Swaps two corners (row, column, 1/depth) where the first is the lower one."""
    swap = a[0] > b[0]
    pairs = [(tf.where(swap, v, u), tf.where(swap, u, v)) for u, v in zip(a, b, strict=True)]
    return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)


def _edge(upper: tuple[tf.Tensor, ...], lower: tuple[tf.Tensor, ...]) -> list[tf.Tensor]:
    run = lower[0] - upper[0]
    slopes = [tf.math.divide_no_nan(lower[k] - upper[k], run) for k in (1, 2)]
    return [upper[1], upper[0], upper[2], *slopes]


def _spans(edges: tf.Tensor, row: tf.Tensor, width: Any) -> tuple[tf.Tensor, ...]:
    """First column int32, number of pixels int32, 1/depth at the first and its slope, of each row of each piece."""
    ax, ay, aw, ax_slope, aw_slope, bx, by, bw, bx_slope, bw_slope = tf.unstack(edges, axis=-1)
    a, b = ax + (row - ay) * ax_slope, bx + (row - by) * bx_slope
    a_near, b_near = aw + (row - ay) * aw_slope, bw + (row - by) * bw_slope
    left, right = tf.minimum(a, b), tf.maximum(a, b)
    first = tf.maximum(tf.math.ceil(left), 0.0)
    last = tf.minimum(tf.math.floor(right), tf.cast(width - 1, tf.float32))
    slope = tf.math.divide_no_nan(b_near - a_near, b - a)
    count = tf.cast(tf.maximum(last - first + 1.0, 0.0), tf.int32)
    return tf.cast(first, tf.int32), count, a_near + (first - a) * slope, slope


def _expand(counts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """For counts (2, 0, 3): which count each element comes from (0, 0, 2, 2, 2), and which of it (0, 1, 0, 1, 2).

    `tf.repeat` would build a table as wide as the largest count.
    """
    # One range for each count, with the index in the upper half of the integers.
    starts = tf.bitwise.left_shift(tf.range(tf.size(counts, tf.int64), dtype=tf.int64), tf.constant(32, tf.int64))
    ranges = tf.raw_ops.RaggedRange(
        starts=starts, limits=starts + tf.cast(counts, tf.int64), deltas=tf.constant(1, tf.int64)
    )
    halves = tf.bitcast(ranges.rt_dense_values, tf.int32)
    return halves[:, 1], halves[:, 0]
