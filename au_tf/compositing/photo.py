"""The source photo with another expression: the photo's own pixels, moved, relit and completed by the mesh.

Three layers are composed: skin, which takes the background along; eyes; and the inside of the mouth. Every target
pixel asks the mesh where its point of the face was in the source photo and reads the colour there. Skin is relit by
the ratio of the new shading to the old. What the photo does not show is inpainted (eyes) or rendered (mouth).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from au_tf.arrays import Float32, Pixels
from au_tf.compositing.graph.fields import Fields, Placement
from au_tf.compositing.layers import FOLD, Layers, prepare
from au_tf.compositing.native.composition import recomposed
from au_tf.compositing.native.mesh import PhotoMesh
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.rendering.graph.sampling import blur, fill, largest, ramp, sample_bicubic
from au_tf.rendering.native.batch_renderer import to_levels


class PhotoCompositor:
    """Puts expressions into one photo; what depends on the photo alone is done once.

    Args:
      image: uint8[H, W, 3], sRGB, the source photo.
      model: the face model.
      coefficients: the fitted face, pose and lighting, without batch axes.
      camera: the camera of the fit.
      landmarks: float32[68, 2], (column, row), as detected in the photo.
    """

    def __init__(
        self,
        image: Pixels,
        model: MorphableModel,
        coefficients: Coefficients,
        camera: Camera,
        landmarks: Float32,
    ) -> None:
        self._image = image
        places = np.asarray(landmarks, np.float64)
        placement = Placement.of(model, coefficients, camera, places, image.shape[:2])
        self._mesh, self._window = PhotoMesh(model, coefficients, camera, placement), placement.window
        skin_tone = model.mean_albedo[(model.mask > 0.5) & (model.parts == Part.SKIN)].mean(0)
        corner = (self._window.left, self._window.top)
        self._layers = prepare(image[self._window.part], self._mesh.source(), places - corner, skin_tone)

    def compose(self, expression: Any) -> Pixels:
        """The photo with another expression.

        Args:
          expression: float32[E], standard deviations.

        Returns:
          uint8[H, W, 3], sRGB; away from the face it equals the source photo.
        """
        made = recomposed(self._layers, self._mesh(expression))
        picture, window = self._image.copy(), self._window
        row, column = np.divmod(made.changed, window.width)
        picture[window.top + row, window.left + column] = to_levels(made.colour)
        return picture


class Composed(NamedTuple):
    """A window with another expression, and where its skin and eyes come from."""

    picture: tf.Tensor
    """float32[h, w, 3], linear RGB."""
    changed: tf.Tensor
    """bool[h, w, 1], where it differs from the photo."""
    skin: tf.Tensor
    """float32[h, w, 1], the share of the skin in each pixel."""
    move: tf.Tensor
    """float32[h, w, 2], from a pixel to where its skin was."""
    light: tf.Tensor
    """float32[h, w, 3], factor of the skin's colour."""
    eye: tf.Tensor
    """float32[h, w, 1], the share of the eyes."""
    eye_move: tf.Tensor
    """float32[h, w, 2], as `move`, of the eyes."""


def composed(layers: Layers, fields: Fields, sample: Callable[[Any, Any], tf.Tensor] = sample_bicubic) -> Composed:
    """Composes a window of a photo anew, in graphs too; `photo_composition.recomposed` does the same on arrays.

    Args:
      layers: the photo, taken apart.
      fields: what the mesh of the new expression says, of static shape.
      sample: how pictures are read between pixels.
    """
    # Where the fit leaves a gap in a mouth that is closed, the photo shows lips.
    mouth = tf.maximum(fields.mouth - layers.closed, 0.0)
    # A slit thinner than a pixel is an error of the mesh rather than an open mouth.
    fields = fields._replace(mouth=ramp(0.3, 0.9, blur(mouth, 0.6)))
    h, w = fields.mouth.shape[:2]
    pixels = tf.stack(tf.meshgrid(tf.range(float(w)), tf.range(float(h))), -1)
    move, ratio = _extended(fields, pixels)
    size = tf.norm(move, axis=-1, keepdims=True)
    # What moves little may lie beside what moves a lot.
    moving = ramp(0.3, 1.5, largest(size, max(1, round(0.02 * max(h, w)))))
    light = (1.0 - layers.lip_line * moving * fields.edge) * _relit(ratio)
    skin = _skin(sample(layers.skin, pixels + move), move, moving) * light
    eye_move = _known(fields.eye_source, fields.eye, pixels)
    mouth = _mouth(layers, fields, pixels, moving, sample)
    share = 1.0 - fields.eye - fields.mouth
    result = share * skin + fields.eye * sample(layers.eyes, pixels + eye_move) + fields.mouth * mouth
    still = (size < 1e-2) & (tf.abs(ratio - 1.0) < 2e-3) & (fields.eye + fields.mouth < 1e-3)
    return Composed(result, tf.logical_not(still), share, move, light, fields.eye, eye_move)


def _skin(sampled: tf.Tensor, move: tf.Tensor, moving: tf.Tensor) -> tf.Tensor:
    """The moved skin float32[h, w, 3]; where it moves, without eyes, teeth and the creases that relax."""
    photo, clean, *relaxed = tf.split(sampled, [3, 3, 3, 1] if sampled.shape[-1] > 6 else 2, -1)
    skin = photo + moving * (clean - photo)
    if not relaxed:
        return skin
    smooth, creased = relaxed
    return skin + creased * _relaxed(move) * (smooth - skin)


def _mouth(
    layers: Layers, fields: Fields, pixels: tf.Tensor, moving: tf.Tensor, sample: Callable[[Any, Any], tf.Tensor]
) -> tf.Tensor:
    """The inside of the mouth float32[h, w, 3]: the photo's own where it was visible, else rendered.

    Where the lips move, only teeth are taken from the photo, and not from the border that lips shade and blur: what
    stands in the dark of the fitted mesh may yet be a tooth of the photo.
    """
    shadow = ramp(0.0, 0.95, blur(fields.mouth, max(1.0, 0.012 * pixels.shape[0])))
    gain = 1.0 + fields.teeth * (layers.tooth_gain - 1.0)
    rendered = fields.mouth_colour * gain * _relit(0.35 + 0.65 * shadow)
    place = pixels + _known(fields.mouth_source, fields.mouth, pixels)
    photo, core, closed = tf.split(sample(layers.mouth, place), [3, 1, 1], -1)
    seen = fields.mouth_seen * (1.0 - closed)
    seen = tf.clip_by_value(seen + moving * (blur(seen, 0.7) * core * fields.teeth - seen), 0.0, 1.0)
    return rendered + seen * (photo - rendered)


def _extended(fields: Fields, pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Motion float32[h, w, 2] and ratio of shading [h, w, 1] of the skin layer, dying away beyond the face."""
    move = tf.where(fields.face > 0.0, fields.source - pixels, 0.0)
    wide, light = fill(move, fields.face), blur(fill(fields.ratio, fields.face), 0.8)
    inside = tf.minimum(1.0, fields.face + fields.eye + fields.mouth)
    reach = max(4.0, 0.07 * max(pixels.shape[:2]))
    near = ramp(0.04, 0.5, blur(inside, reach / 2.0))
    return near * wide, 1.0 + inside * (light - 1.0)


def _relit(ratio: tf.Tensor) -> tf.Tensor:
    """Factor of each colour channel float32[h, w, 3] for a ratio of luminances [h, w, 1]."""
    return tf.where(ratio < 1.0, ratio**FOLD, ratio)


def _relaxed(move: tf.Tensor) -> tf.Tensor:
    """How far creases of the source vanish, float32[h, w, 1]: where skin that was pulled together lies free again."""
    across, down = _derivative(move, 1), _derivative(move, 0)
    area = (1.0 + across[..., :1]) * (1.0 + down[..., 1:]) - across[..., 1:] * down[..., :1]
    size = max(1.0, 0.012 * max(move.shape[:2]))
    return 0.7 * ramp(0.03, 0.35, 1.0 - blur(area, size))


def _derivative(field: tf.Tensor, axis: int) -> tf.Tensor:
    ahead, behind = tf.roll(field, -1, axis), tf.roll(field, 1, axis)
    return 0.5 * (ahead - behind)


def _known(source: tf.Tensor, weight: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Motion of a layer, extended over its border."""
    return fill(tf.where(weight > 0.0, source - pixels, 0.0), tf.cast(weight > 0.0, tf.float32))
