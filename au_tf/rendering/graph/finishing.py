"""The finish of a face in TensorFlow ops; see `rendering.finish`."""

import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.rendering.finish import BOUNCE, HOLLOW_IRIS, MOUTH_BOUNCE, SKY, TAWNY, WET, FaceLight, Finish, face_light
from au_tf.rendering.graph.lighting import irradiance
from au_tf.rendering.native.lighting import light_polynomial


def finished(finish: Finish, vertices: Tensor, normals: Tensor, albedo: Tensor, lighting: Tensor) -> Tensor:
    """Colours of the vertices of one face, linear RGB float32[V, 3].

    Args:
      finish: of the face model.
      vertices: float32[V, 3], mm, in the camera's space.
      normals: float32[V, 3], of length 1.
      albedo: float32[V, 3], linear RGB.
      lighting: float32[9, 3].
    """
    light = tf.linalg.matmul(tf.constant(light_polynomial(), tf.float32), lighting)
    face = face_light(tf.transpose(tf.gather(vertices, finish.landmarks)), light, finish.rest)
    plain = albedo * irradiance(_hollowed(finish, normals, face), lighting)
    reached = tf.clip_by_value(_dot(finish.shade[:, 1:], face.own) + finish.shade[:, :1], 0.0, 1.0)
    squared = finish.gloss[:, 1:]
    spread = _dot(normals, face.half) ** 2 * (squared - 1.0) + 1.0
    facing = tf.maximum(_dot(normals, face.towards), 0.0)
    mirrored = reached * finish.gloss[:, :1] * facing * squared / spread**2
    slant = 1.0 - tf.maximum(_dot(normals, face.view), 0.0)
    colours = plain * reached * (1.0 + BOUNCE * (1.0 - reached))
    colours += mirrored * tf.stack(face.lamp) + reached * slant**4 * tf.stack(face.mean)
    spread = tf.maximum(_dot(tf.gather(normals, finish.eyes), face.eye), 0.0) ** 2 * (WET[1] - 1.0) + 1.0
    wet = tf.gather(reached, finish.eyes) * WET[0] * WET[1] / spread**2
    eyes = tf.gather(colours, finish.eyes)
    eyes = tf.maximum(eyes, TAWNY * eyes[:, :1]) + wet * tf.stack(face.lamp)
    colours = tf.tensor_scatter_nd_update(colours, finish.eyes[:, None], eyes)
    within = tf.gather(colours, finish.inside) * _seen(finish, tf.gather(vertices, finish.inside), face)
    return tf.tensor_scatter_nd_update(colours, finish.inside[:, None], within)


def _dot(rows: Tensor, way: tuple[Tensor, ...]) -> Tensor:
    return tf.linalg.matmul(rows, tf.stack(way)[:, tf.newaxis])


def _hollowed(finish: Finish, normals: Tensor, face: FaceLight) -> Tensor:
    """Normals, those of irises leaning the other way."""
    own = tf.gather(normals, finish.eyes)
    ahead = _dot(own, face.forward) * tf.stack(face.forward)
    leaning = tf.nn.l2_normalize(own - HOLLOW_IRIS * finish.hollow[:, None] * (own - ahead), -1, 1e-20)
    return tf.tensor_scatter_nd_update(normals, finish.eyes[:, None], leaning)


def _seen(finish: Finish, points: Tensor, face: FaceLight) -> Tensor:
    """How much of the light of each channel gets to points float32[M, 3] within the mouth, float32[M, 3]."""
    *middle, wide, high, parted = face.lips
    off = points - tf.stack(middle)
    aside = _dot(off, face.across) / wide
    blur = SKY[0] * tf.maximum(-_dot(off, face.forward), 1.0)
    above = _dot(off, face.up) + SKY[1] * blur
    edge = high * tf.sqrt(tf.maximum(1.0 - aside * aside, 0.04))
    rows = _share((edge - above) / blur) + _share((edge + above) / blur)
    columns = _share((1.0 - aside) * wide / blur) + _share((1.0 + aside) * wide / blur)
    seen = tf.maximum(rows, 0.0) * tf.maximum(columns, 0.0) * parted
    light = finish.sunken[:, :1] * (SKY[3] + (1.0 - SKY[3]) * seen ** SKY[2])
    return light * (1.0 + MOUTH_BOUNCE * finish.sunken[:, 1:] * (1.0 - light))


def _share(slope: Tensor) -> Tensor:
    return 0.5 * slope / tf.sqrt(1.0 + slope * slope)
