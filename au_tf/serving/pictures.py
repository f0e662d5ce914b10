"""What requests hold that are pictures: JPEG files that may be anything."""

from collections.abc import Callable

import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.geometry.landmarks import LEFT_EYE, OUTER_LIPS, RIGHT_EYE
from au_tf.pictures.images import MIN_SIDE
from au_tf.serving import rows

MOST_PIXELS = 16 * 1024 * 1024
"""Pixels of the largest picture that is taken."""

LEAST_EYES = 8.0
"""Least distance of the eyes from each other and from the mouth, pixels."""


def decode(data: Tensor, field: str) -> tuple[Tensor, Tensor]:
    """Decodes a file that may be damaged or no JPEG at all.

    Args:
      data: string[], the file.
      field: the name of the input, for the status.

    Returns:
      uint8[H, W, 3], sRGB, as stored: an orientation in EXIF data is not applied; 0 x 0 unless the status is `OK`.
      string[], the status. The size is judged by what the file declares, before a pixel is decoded.
    """
    nothing = tf.zeros([0, 0, 3], tf.uint8)
    shape = _unless_it_fails(tf.image.extract_jpeg_shape, data, tf.zeros([3], tf.int32))
    told = rows.status([(tf.strings.length(data) > 0, f"{field}: found an empty file"), *size_rules(shape, field)])
    readable = tf.where(told == rows.OK, data, "")
    picture = _unless_it_fails(lambda d: tf.io.decode_jpeg(d, 3, dct_method="INTEGER_ACCURATE"), readable, nothing)
    whole = (tf.size(picture) > 0) | (told != rows.OK)
    return picture, tf.where(whole, told, f"{field}: found a damaged JPEG")


def size_rules(shape: Tensor, field: str) -> list[tuple[Tensor, str]]:
    """The rules for the shape int32[3] of a picture; one that could not be read is 0 x 0 x 0."""
    height, width = tf.cast(shape[0], tf.int64), tf.cast(shape[1], tf.int64)
    return [
        (height * width > 0, f"{field}: found no JPEG"),
        (height * width <= MOST_PIXELS, f"{field}: found more than {MOST_PIXELS} pixels"),
        (tf.minimum(height, width) >= MIN_SIDE, f"{field}: found a side shorter than {MIN_SIDE} pixels"),
    ]


def landmark_rules(photo: Tensor, landmarks: Tensor) -> list[tuple[Tensor, str]]:
    """The rules for landmarks float32[68, 2], (column, row), in a picture uint8[H, W, 3]."""
    size = tf.cast(tf.shape(photo)[1::-1], tf.float32)
    near = tf.reduce_all((landmarks > -0.5 * size) & (landmarks < 1.5 * size))
    middle = tf.reduce_mean(landmarks, 0)
    there = tf.reduce_all((middle > 0.0) & (middle < size))
    eyes, mouth = landmarks[RIGHT_EYE.start : LEFT_EYE.stop], landmarks[OUTER_LIPS]
    across = tf.norm(tf.reduce_mean(eyes[:6], 0) - tf.reduce_mean(eyes[6:], 0))
    down = tf.norm(tf.reduce_mean(mouth, 0) - tf.reduce_mean(eyes, 0))
    return [
        (near & there, "landmarks: found some far off the picture, or no numbers"),
        (tf.minimum(across, down) >= LEAST_EYES, f"landmarks: found eyes or mouth within {LEAST_EYES:g} pixels"),
    ]


def _unless_it_fails(function: Callable[[Tensor], Tensor], data: Tensor, otherwise: Tensor) -> Tensor:
    """A function of one tensor, or something else of its type where an op in it fails.

    TensorFlow's graphs have no exceptions but those that a data set can pass over.
    """
    # Converting Python into graphs takes long, and there is nothing to convert.
    plain = tf.autograph.experimental.do_not_convert(function)
    tried = tf.data.Dataset.from_tensors(data).map(plain).ignore_errors()
    return tried.concatenate(tf.data.Dataset.from_tensors(otherwise)).take(1).get_single_element()
