"""The model `estimator`: pictures of faces to intensities."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.estimation.estimator import Estimator
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.pictures.images import JPEG_QUALITY
from au_tf.rendering.graph.alignment import alignment_matrix, inverse, resampled, warp
from au_tf.serving import rows
from au_tf.serving.pictures import decode, landmark_rules
from au_tf.serving.servable import Request, Servable

_PARALLEL = 8
"""Pictures decoded at once."""


def estimator_servable(estimator: Estimator) -> Servable:
    """A trained estimator for the server.

    `serving_default` takes `picture_bytes` string[B], JPEG files of aligned faces, square and of any size. `photo`
    takes `photo_bytes` string[B], any JPEG files, and `landmarks` float32[B, 68, 2], (column, row) in pixels as stored,
    by which it aligns them. `pixels` takes `picture` uint8[B, S, S, 3], aligned, of the network's own size. All return
    `intensities` float32[B, 12] in [0, 5] and `status` string[B].
    """
    size = estimator.size

    def of_files(files: Tensor) -> dict[str, Tensor]:
        def one(file: Tensor) -> tuple[Tensor, Tensor]:
            picture, told = decode(file, "picture_bytes")
            square = tf.shape(picture)[0] == tf.shape(picture)[1]
            told = rows.status([(told == rows.OK, told), (square, "picture_bytes: found a picture that is not square")])
            return _if_ok(told, lambda: resampled(picture, size), size), told

        return _estimated(estimator, *_each(one, files, size))

    def of_photos(files: Tensor, landmarks: Tensor) -> dict[str, Tensor]:
        def one(row: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            photo, told = decode(row[0], "photo_bytes")
            told = rows.status([(told == rows.OK, told), *landmark_rules(photo, row[1])])

            def aligned() -> Tensor:
                return resampled(tf.cast(warp(photo, inverse(alignment_matrix(row[1])), ALIGNED_SIZE), tf.uint8), size)

            return _if_ok(told, aligned, size), told

        files, landmarks = rows.require_alike(files, landmarks)
        return _estimated(estimator, *_each(one, (files, landmarks), size))

    def of_pixels(pictures: Tensor) -> dict[str, Tensor]:
        return _estimated(estimator, pictures, tf.fill(tf.shape(pictures)[:1], rows.OK))

    marks = tf.TensorSpec([None, 68, 2], tf.float32, "landmarks")
    signatures = {
        "serving_default": _traced(of_files, tf.TensorSpec([None], tf.string, "picture_bytes")),
        "photo": _traced(of_photos, tf.TensorSpec([None], tf.string, "photo_bytes"), marks),
        "pixels": _traced(of_pixels, tf.TensorSpec([None, size, size, 3], tf.uint8, "picture")),
    }
    return Servable("estimator", signatures, [w.value for w in estimator.network.weights], _examples(size))


def _traced(function: Callable[..., Any], *specs: tf.TensorSpec) -> Any:
    return tf.function(function, input_signature=specs, autograph=False)


def _estimated(estimator: Estimator, pictures: Tensor, told: Tensor) -> dict[str, Tensor]:
    # Convolutions of no pictures at all lose their channels on some processors.
    count = tf.shape(pictures)[0]
    some = tf.pad(pictures, [[0, tf.cast(count == 0, tf.int32)], [0, 0], [0, 0], [0, 0]])
    found = estimator.network(some, training=False)[:count]
    return {"intensities": rows.only(told == rows.OK, found), "status": told}


def _each(
    one: Callable[..., tuple[Tensor, Tensor]], given: Tensor | tuple[Tensor, Tensor], size: int
) -> tuple[Tensor, Tensor]:
    """Pictures uint8[B, S, S, 3] and statuses string[B] of the rows."""
    signature = tf.TensorSpec([size, size, 3], tf.uint8), tf.TensorSpec([], tf.string)
    return tf.map_fn(one, given, parallel_iterations=_PARALLEL, fn_output_signature=signature)


def _if_ok(told: Tensor, picture: Callable[[], Tensor], size: int) -> Tensor:
    found = tf.cond(told == rows.OK, picture, lambda: tf.zeros([size, size, 3], tf.uint8))
    return tf.ensure_shape(found, [size, size, 3])


def _examples(size: int) -> dict[str, Request]:
    """A grey picture, with landmarks where alignment would bring them."""
    grey = np.full((1, size, size, 3), 128, np.uint8)
    file = np.array([tf.io.encode_jpeg(grey[0], quality=JPEG_QUALITY).numpy()], object)
    marks = np.full((1, 68, 2), size / 2, np.float32)
    marks[0, 36:42, 0], marks[0, 42:48, 0], marks[0, 48:, 1] = size / 3, 2 * size / 3, 3 * size / 4
    return {
        "serving_default": {"picture_bytes": file},
        "photo": {"photo_bytes": file, "landmarks": marks},
        "pixels": {"picture": grey},
    }
