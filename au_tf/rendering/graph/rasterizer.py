"""Which triangle every pixel shows, and where in it: a scan-line z-buffer in plain TensorFlow ops.

Each triangle is cut into rows of pixels between its left and right edge, each row into pixels, and a segment
maximum keeps the nearest. Edges are evaluated from their upper end whichever triangle asks, so neighbours meet
without gaps. Visibility has no derivative; the barycentric coordinates are computed anew from the corners of the
visible triangle and are differentiable.

For speed, images are taken one by one and pixels in bands, whose tensors the cache holds, and what has a short last
axis is worked on as columns.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import tensorflow as tf

from au_tf.arrays import ArrayLike, Tensor

_CANDIDATES = 1 << 21
"""Bound on the pixels of bounding boxes handled at once, which bounds memory; one triangle may exceed it."""

_BAND = 1 << 17
"""Pixels whose barycentric coordinates and attributes are computed at once."""

_PARALLEL = 4
"""Images or bands in flight at once."""


Structure = TypeVar("Structure")
"""A tensor, or a tuple of tensors; as signature, of dtypes."""


class Fragments(NamedTuple):
    """What each pixel shows."""

    triangle: Tensor
    """int32[B, H, W], the visible triangle, -1 where there is none."""
    barycentric: Tensor
    """float32[B, H, W, 3], perspective-correct weights of its corners, of sum 1; 0 where there is none."""

    @property
    def mask(self) -> Tensor:
        """bool[B, H, W], where there is a triangle."""
        return self.triangle >= 0


def rasterize(screen: ArrayLike | Tensor, triangles: ArrayLike | Tensor, height: int, width: int) -> Fragments:
    """Finds the nearest triangle at each pixel's centre and the barycentric coordinates there.

    A triangle with a corner at depth 0 or less is left out whole: there is no clipping.

    Args:
      screen: float32[B, V, 3], column px, row px, depth mm, as `project` returns.
      triangles: int32[T, 3].
      height: rows of the picture.
      width: columns of the picture.

    Returns:
      Fragments; the coordinates are differentiable with respect to `screen`.
    """
    screen = tf.convert_to_tensor(screen, tf.float32)
    triangles = tf.convert_to_tensor(triangles, tf.int32)

    def one(screen: Tensor) -> Fragments:
        corners = tf.transpose(tf.reshape(tf.gather(screen[0], triangles), [-1, 9]))
        seen = tf.ensure_shape(_visible(tf.stop_gradient(corners), height, width), [height * width])
        weights = _barycentric(corners, seen, width)
        return Fragments(tf.reshape(seen, [1, height, width]), tf.reshape(weights, [1, height, width, 3]))

    return per_image(one, Fragments(tf.int32, tf.float32), screen)


def interpolate(fragments: Fragments, triangles: ArrayLike | Tensor, attributes: ArrayLike | Tensor) -> Tensor:
    """Spreads attributes of the vertices over the pixels.

    Args:
      fragments: what `rasterize` returned.
      triangles: int32[T, 3].
      attributes: float32[B, V, C].

    Returns:
      float32[B, H, W, C], 0 where there is no triangle.
    """
    triangles = tf.convert_to_tensor(triangles, tf.int32)
    attributes = tf.convert_to_tensor(attributes, tf.float32)

    def one(visible: Tensor, weights: Tensor, attributes: Tensor) -> Tensor:
        pixels = _blend(tf.reshape(visible, [-1]), tf.reshape(weights, [-1, 3]), triangles, attributes[0])
        return tf.reshape(pixels, tf.concat([tf.shape(visible), [attributes.shape[-1]]], 0))

    return per_image(one, tf.float32, *fragments, attributes)


def per_image(function: Callable[..., Structure], signature: Structure, *batched: Tensor) -> Structure:
    """Applies a function to batches of one, so that memory and cache hold one image's work at a time.

    Args:
      function: takes tensors [1, ...] and returns a structure of them.
      signature: the same structure, of dtypes.
      *batched: tensors [B, ...].

    Returns:
      The structure, of tensors [B, ...].
    """
    if batched[0].shape[0] == 1:
        return function(*batched)

    def one(slices: tuple[Tensor, ...]) -> Structure:
        return tf.nest.map_structure(lambda t: t[0], function(*(t[tf.newaxis] for t in slices)))

    return _map(one, batched, signature)


def _blend(visible: Tensor, weights: Tensor, triangles: Tensor, attributes: Tensor) -> Tensor:
    """Attributes float32[N, C] at the pixels of one image, visible int32[N], from those of the vertices [V, C]."""
    channels = attributes.shape[-1]
    corners = tf.reshape(tf.gather(attributes, triangles), [-1, 3 * channels])
    # Small constant matrices spread the weights and add the products: broadcasting over short axes is slow.
    spread, add = tf.repeat(tf.eye(3), channels, axis=1), tf.tile(tf.eye(channels), [3, 1])

    def band(visible: Tensor, weights: Tensor) -> Tensor:
        return tf.matmul(tf.gather(corners, tf.maximum(visible, 0)) * tf.matmul(weights, spread), add)

    return _in_bands(band, visible, weights)


def _barycentric(corners: Tensor, visible: Tensor, width: int) -> Tensor:
    """Weights float32[N, 3] at the pixels of one image, visible int32[N], of triangles with corners float32[9, T]."""
    ax, ay, az, bx, by, bz, cx, cy, cz = tf.unstack(corners)
    ux, uy, vx, vy = bx - ax, by - ay, cx - ax, cy - ay
    scale = tf.math.divide_no_nan(1.0, ux * vy - uy * vx)
    # The weights of b and c grow linearly over the screen, from 0 at a.
    gradients = [vy * scale, -vx * scale, -uy * scale, ux * scale]
    table = _table([ax, ay, *gradients, *(tf.math.divide_no_nan(1.0, z) for z in (az, bz, cz))])

    def band(visible: Tensor, place: Tensor) -> Tensor:
        x0, y0, b_x, b_y, c_x, c_y, wa, wb, wc = _columns(tf.gather(table, tf.maximum(visible, 0)))
        dx = tf.cast(place % width, tf.float32) - x0
        dy = tf.cast(place // width, tf.float32) - y0
        second = tf.clip_by_value(b_x * dx + b_y * dy, 0.0, 1.0)
        third = tf.clip_by_value(c_x * dx + c_y * dy, 0.0, 1.0 - second)
        weights = [(1.0 - second - third) * wa, second * wb, third * wc]
        scale = tf.math.divide_no_nan(tf.cast(visible >= 0, tf.float32), tf.add_n(weights))
        return _table([w * scale for w in weights])

    return _in_bands(band, visible, tf.range(tf.size(visible)))


def _in_bands(function: Callable[..., Tensor], *pixels: Tensor) -> Tensor:
    """Applies a function of pixels [N, ...] -> float32[N, C] to bands of them."""
    count = pixels[0].shape[0]
    if count is not None and count <= _BAND:
        return function(*pixels)
    count = tf.shape(pixels[0])[0]
    padded = [tf.pad(p, [[0, -count % _BAND]] + [[0, 0]] * (p.shape.rank - 1)) for p in pixels]
    bands = tuple(tf.reshape(p, [-1, _BAND, *p.shape[1:]]) for p in padded)
    done = _map(lambda band: function(*band), bands, tf.float32)
    return tf.reshape(done, [-1, done.shape[-1]])[:count]


def _map(
    function: Callable[[tuple[Tensor, ...]], Structure], elements: tuple[Tensor, ...], signature: Structure
) -> Structure:
    # Eager execution takes one after the other and warns of anything else.
    parallel = 1 if tf.executing_eagerly() else _PARALLEL
    return tf.map_fn(function, elements, parallel_iterations=parallel, fn_output_signature=signature)


def _table(columns: list[Tensor]) -> Tensor:
    """Columns [N] as rows [N, K]; several times faster than stacking on the last axis."""
    return tf.transpose(tf.stack(columns))


def _columns(table: Tensor) -> list[Tensor]:
    """Rows [N, K] as columns [N]."""
    return tf.unstack(tf.transpose(table))


@tf.function(
    input_signature=[
        tf.TensorSpec([9, None], tf.float32),
        tf.TensorSpec([], tf.int32),
        tf.TensorSpec([], tf.int32),
    ]
)
def _visible(corners: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """The visible triangle int32[H * W] of one image, -1 where there is none.

    Args:
      corners: float32[9, T], column, row and depth of the first corner, the second, the third.
      height: rows of the picture.
      width: columns of the picture.
    """
    edges, first_row, rows, size = _edges(tf.unstack(corners), height, width)
    ends = tf.cumsum(size)
    count = tf.size(ends)

    def body(start: Tensor, nearest: Tensor) -> tuple[Tensor, Tensor]:
        limit = ends[start] - size[start] + _CANDIDATES
        stop = tf.searchsorted(ends, [limit], side="right", out_type=tf.int32)[0]
        stop = tf.maximum(stop, start + 1)
        places, keys = _fill(edges[start:stop], first_row[start:stop], rows[start:stop], width)
        return stop, tf.maximum(nearest, tf.math.unsorted_segment_max(keys, places, height * width))

    nearest = tf.fill([height * width], tf.constant(-1, tf.int64))
    _, nearest = tf.while_loop(lambda start, _: start < count, body, [tf.constant(0), nearest], parallel_iterations=1)
    # The low half of a key is its triangle; that of -1 is -1.
    return tf.bitcast(nearest, tf.int32)[:, 0]


def _edges(corners: list[Tensor], height: Tensor, width: Tensor) -> tuple[Tensor, ...]:
    """Sorts the corners of each triangle from top to bottom and finds how the edges run.

    Returns:
      float32[T, 13]: row, column and 1/depth of the top corner, then of the middle one; the slopes of column and
      1/depth by row along top-bottom, top-middle, middle-bottom; the number of the triangle as bits.
      float32[T]: first row of pixels. int32[T]: how many rows, 0 if nothing can show. int64[T]: pixels of the box.
    """
    ax, ay, az, bx, by, bz, cx, cy, cz = corners
    top, bottom = _limits(ay, by, cy, height)
    left, right = _limits(ax, bx, cx, width)
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    shows = (tf.abs(area) > 0.0) & (tf.minimum(az, tf.minimum(bz, cz)) > 0.0) & (left <= right) & (top <= bottom)
    rows = tf.where(shows, bottom - top + 1.0, 0.0)
    size = tf.cast(tf.where(shows, rows * (right - left + 1.0), 0.0), tf.int64)
    a, b, c = [(y, x, 1.0 / z) for x, y, z in ((ax, ay, az), (bx, by, bz), (cx, cy, cz))]
    a, b = _ordered(a, b)
    b, c = _ordered(b, c)
    a, b = _ordered(a, b)
    ids = tf.bitcast(tf.range(tf.size(ax)), tf.float32)
    edges = _table([*a, *b, *_slopes(a, c), *_slopes(a, b), *_slopes(b, c), ids])
    return edges, top, tf.cast(rows, tf.int32), size


def _limits(a: Tensor, b: Tensor, c: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """First and last pixel centre between three coordinates, inside the picture."""
    first = tf.math.ceil(tf.minimum(a, tf.minimum(b, c)))
    last = tf.math.floor(tf.maximum(a, tf.maximum(b, c)))
    return tf.maximum(first, 0.0), tf.minimum(last, tf.cast(size - 1, tf.float32))


def _ordered(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], ...]:
    """Swaps two corners (row, column, 1/depth) where the first is the lower one."""
    swap = a[0] > b[0]
    pairs = [(tf.where(swap, v, u), tf.where(swap, u, v)) for u, v in zip(a, b, strict=True)]
    return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)


def _slopes(upper: tuple[Tensor, ...], lower: tuple[Tensor, ...]) -> list[Tensor]:
    run = lower[0] - upper[0]
    return [tf.math.divide_no_nan(lower[k] - upper[k], run) for k in (1, 2)]


def _fill(edges: Tensor, first_row: Tensor, rows: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Every pixel of every triangle: its place int32[P] in the flat picture and its key int64[P].

    Keys order by nearness (the bits of a positive float order like the float), then by triangle.
    """
    owner, offset = _expand(rows)
    row = tf.gather(first_row, owner) + tf.cast(offset, tf.float32)
    first, count, near, slope, ids = _spans(_columns(tf.gather(edges, owner)), row, width)
    place = tf.cast(row, tf.int32) * width + tf.cast(first, tf.int32)
    span, offset = _expand(count)
    spans = _table([tf.bitcast(place, tf.float32), near, slope, ids])
    place, near, slope, ids = _columns(tf.gather(spans, span))
    near = near + tf.cast(offset, tf.float32) * slope
    upper = tf.bitwise.left_shift(tf.cast(tf.bitcast(near, tf.int32), tf.int64), tf.constant(32, tf.int64))
    return tf.bitcast(place, tf.int32) + offset, upper + tf.cast(tf.bitcast(ids, tf.int32), tf.int64)


def _spans(edges: list[Tensor], row: Tensor, width: Tensor) -> tuple[Tensor, ...]:
    """First column, number of pixels int32, 1/depth at the first and its slope, triangle, of each row of each one."""
    y0, x0, w0, y1, x1, w1, long_x, long_w, upper_x, upper_w, lower_x, lower_w, ids = edges
    upper, down = row < y1, row - y0
    along = tf.where(upper, down, row - y1)
    a, a_near = x0 + down * long_x, w0 + down * long_w
    b = tf.where(upper, x0, x1) + along * tf.where(upper, upper_x, lower_x)
    b_near = tf.where(upper, w0, w1) + along * tf.where(upper, upper_w, lower_w)
    first = tf.maximum(tf.math.ceil(tf.minimum(a, b)), 0.0)
    last = tf.minimum(tf.math.floor(tf.maximum(a, b)), tf.cast(width - 1, tf.float32))
    slope = tf.math.divide_no_nan(b_near - a_near, b - a)
    count = tf.cast(tf.maximum(last - first + 1.0, 0.0), tf.int32)
    return first, count, a_near + (first - a) * slope, slope, ids


def _expand(counts: Tensor) -> tuple[Tensor, Tensor]:
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
