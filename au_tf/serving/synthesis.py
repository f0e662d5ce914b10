"""The model `synthesis`: a photo, its landmarks and intensities to the photo of the same person with them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.compositing.graph.photo import AlignedFace, FrameCompositor
from au_tf.facs import ACTION_UNITS, AU_NAMES
from au_tf.fitting.regress.graph import GraphRegression
from au_tf.fitting.regress.regressor import Regressor
from au_tf.morphable import MorphableModel
from au_tf.pictures.images import JPEG_QUALITY
from au_tf.pictures.provenance.statement import COMPOSITE, Statement
from au_tf.serving import rows
from au_tf.serving.pictures import decode, landmark_rules, size_rules
from au_tf.serving.servable import Request, Servable
from au_tf.synthesis.stored import StoredGenerator

_PARALLEL = 8
"""Rows in work at once."""
_MOST_TURN = 54.0
"""Degrees, as the regressor reads them, from which on a photo is refused: it reads 54 where a face is turned by 62, and
58 at most beyond."""
_TURNED = "landmarks: found a face that is turned away by more than 60 degrees"


def synthesis_servable(model: MorphableModel, generator: StoredGenerator, regressor: Regressor) -> Servable:
    """The whole way from photo to photo for the server.

    `serving_default` takes `photo_bytes` string[B], JPEG files, and returns `picture_bytes` string[B], JPEG files of
    the same sizes, which say that they are synthetic. `pixels` takes `photo` uint8[B, H, W, 3], sRGB, and returns
    `picture` uint8[B, H, W, 3]. Both take `landmarks` float32[B, 68, 2], (column, row) in pixels of the photo as
    stored, `intensities` float32[B, 12] in [0, 5] and, if the generator takes no source, `noise` float32[B, Z] in
    [-1, 1]; both return `expression` float32[B, E], standard deviations, and `status` string[B].

    Args:
      model: the face model, with an inside of the mouth.
      generator: for this face model.
      regressor: for this face model.

    Raises:
      InputError: if generator or regressor belong to another face model.
    """
    generator.check(model)
    regressor.check(model)
    maker = _Maker(model, generator, regressor)
    signatures: dict[str, Any] = {}
    for name, photo, function in (
        ("serving_default", tf.TensorSpec([None], tf.string, "photo_bytes"), maker.of_files),
        ("pixels", tf.TensorSpec([None, None, None, 3], tf.uint8, "photo"), maker.of_pixels),
    ):
        signatures[name] = tf.function(function, input_signature=[photo, *maker.specs], autograph=False)
    variables = [*generator.variables, *maker.regression.variables]
    return Servable("synthesis", signatures, variables, _examples(maker), batched=False)


class _Maker:
    """The two signatures."""

    def __init__(self, model: MorphableModel, generator: StoredGenerator, regressor: Regressor) -> None:
        self._generator = generator
        self._composite = FrameCompositor(model)
        self.regression = GraphRegression(regressor)
        self.mean_landmarks = regressor.scales.landmarks
        # One for all answers: neither what was asked nor what came out is known before.
        self.told = Statement(COMPOSITE, "", generator.digest).packet("")
        self.specs = [
            tf.TensorSpec([None, 68, 2], tf.float32, "landmarks"),
            tf.TensorSpec([None, len(ACTION_UNITS)], tf.float32, "intensities"),
        ]
        if not generator.TAKES_SOURCE:
            self.specs.append(tf.TensorSpec([None, generator.given_size], tf.float32, "noise"))

    def of_files(self, files: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        def one(file: Tensor, *row: Tensor) -> tuple[Tensor, ...]:
            photo, told = decode(file, "photo_bytes")
            picture, expression, told = self._one(photo, told, *row)
            return tf.cond(told == rows.OK, lambda: _file(picture, self.told), lambda: ""), expression, told

        files, *others = rows.require_alike(files, *rest)
        return self._mapped(one, (files, *others), "picture_bytes", tf.string)

    def of_pixels(self, photos: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        def one(photo: Tensor, *row: Tensor) -> tuple[Tensor, ...]:
            return self._one(photo, rows.status(size_rules(tf.shape(photo), "photo")), *row)

        photos, *others = rows.require_alike(photos, *rest)
        # A loop over nothing could not tell the size of its pictures: one row is added, and refused.
        given = [tf.pad(each, [[0, 1]] + [[0, 0]] * (each.shape.rank - 1)) for each in (photos, *others)]
        found = self._mapped(one, tuple(given), "picture", tf.uint8)
        return {name: value[:-1] for name, value in found.items()}

    def _mapped(
        self, one: Callable[..., Any], given: tuple[Tensor, ...], name: str, kind: tf.DType
    ) -> dict[str, Tensor]:
        size = self._generator.bounds.lower.shape
        signature = tf.TensorSpec(None, kind), tf.TensorSpec(size, tf.float32), tf.TensorSpec([], tf.string)
        if kind == tf.string:
            signature = (tf.TensorSpec([], kind), *signature[1:])
        found = tf.map_fn(lambda row: one(*row), given, parallel_iterations=_PARALLEL, fn_output_signature=signature)
        return dict(zip((name, "expression", "status"), found, strict=True))

    def _one(
        self, photo: Tensor, told: Tensor, landmarks: Tensor, intensities: Tensor, *noise: Tensor
    ) -> tuple[Tensor, ...]:
        told = rows.status([(told == rows.OK, told), *_rules(photo, landmarks, intensities, *noise)])
        nothing = tf.zeros(self._generator.bounds.lower.shape)

        picture, expression, turn = tf.cond(
            told == rows.OK,
            lambda: self._made(photo, landmarks, intensities, *noise),
            lambda: (tf.zeros_like(photo), nothing, 0.0),
        )
        straight = turn <= _MOST_TURN
        told = rows.status([(told == rows.OK, told), (straight, _TURNED)])
        shown = tf.cond(straight, lambda: picture, lambda: tf.zeros_like(picture))
        return shown, tf.where(straight, expression, 0.0), told

    @cached_property
    def _made(self) -> Any:
        """What both signatures compute of a row that keeps all rules, traced once."""

        def made(photo: Tensor, landmarks: Tensor, intensities: Tensor, *noise: Tensor) -> tuple[Tensor, ...]:
            found = self.regression(photo, landmarks)
            given = noise[0] if noise else found.expression
            expression = self._generator.expression(given[tf.newaxis], intensities[tf.newaxis])[0]
            opened = tf.clip_by_value(intensities[AU_NAMES.index("AU5")] / 2.0, 0.0, 1.0)
            return self._composite(photo, landmarks, found, expression, opened), expression, _turn(found)

        specs = [tf.TensorSpec(spec.shape[1:], spec.dtype) for spec in self.specs]
        photo = tf.TensorSpec([None, None, 3], tf.uint8)
        return tf.function(made, input_signature=[photo, *specs], autograph=False)


def _turn(found: AlignedFace) -> Tensor:
    """Degrees between where a face looks and the way to the camera."""
    cosine = tf.reduce_sum(-found.turn[:, 2] * found.translation) / tf.norm(found.translation)
    return tf.acos(tf.clip_by_value(cosine, -1.0, 1.0)) * np.float32(180.0 / np.pi)


def _rules(photo: Tensor, landmarks: Tensor, intensities: Tensor, *noise: Tensor) -> list[tuple[Tensor, str]]:
    """What has to hold of one row."""
    kept, reason = rows.asked(intensities[tf.newaxis])
    told = "noise: found a number that is not from -1 to 1"
    noises = [(rows.inside(each[tf.newaxis], -1.0, 1.0)[0], told) for each in noise]
    return [*landmark_rules(photo, landmarks), (kept[0], reason), *noises]


def _file(picture: Tensor, told: bytes = b"") -> Tensor:
    return tf.io.encode_jpeg(picture, quality=JPEG_QUALITY, chroma_downsampling=False, xmp_metadata=told)


def _examples(maker: _Maker) -> dict[str, Request]:
    """A grey picture with landmarks where they are on average."""
    grey = np.full((1, 224, 224, 3), 128, np.uint8)
    rest = {spec.name: np.zeros([1, *spec.shape[1:]], np.float32) for spec in maker.specs}
    rest["landmarks"] = maker.mean_landmarks[np.newaxis]
    file = np.array([_file(grey[0]).numpy()], object)
    return {"serving_default": {"photo_bytes": file, **rest}, "pixels": {"photo": grey, **rest}}
