"""Gives the people of a face model their hair."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from au_tf.arrays import ArrayLike, Float32
from au_tf.geometry.landmarks import BROWS, CHEEKS
from au_tf.morphable import MorphableModel
from au_tf.morphable.hair.growth import grow
from au_tf.morphable.hair.looks import BROW_GLOSS, GLOSS, Look
from au_tf.morphable.hair.styles import LASHES, Style
from au_tf.morphable.hair.wearing import FittedGroom, Wearer
from au_tf.rendering.native.batch_renderer import People
from au_tf.rendering.native.hair import Strands, Worn

_LASHES = np.array([0.010, 0.008, 0.007], np.float32)
# Skin below hair takes its colour; in its shade, light comes through blood.
_COVERED, _UNDER = 0.9, 0.5
_GLOSSY = 0.35
_SHADE = np.array([0.85, 1.0, 1.05], np.float32)


@lru_cache(maxsize=4)
def _fitted_lashes(model: MorphableModel) -> FittedGroom:
    return Wearer.about_eyes(model).fitted(grow(LASHES, 0))


def lashes_of(model: MorphableModel, identity: ArrayLike) -> Strands:
    """The lashes of a person, identity float32[I] in standard deviations, as everybody has them."""
    shape = model.shape(identity, np.zeros(len(model.expression_basis), np.float32))
    return Strands.of([Worn(_fitted_lashes(model), _LASHES, 0.0)], model.mean_shape, shape)


class Hairdresser:
    """Hair for the people of one face model.

    Args:
      model: the face model; on another than the built-in one the first call takes some seconds more.
      fineness: how many strands: 0.5 is right for heads of about 200 pixels, 1 for 400; the more, the finer.
    """

    def __init__(self, model: MorphableModel, fineness: float = 0.5) -> None:
        self.model, self.fineness = model, fineness
        self._wearer = Wearer.of(model)

    def lightness(self, people: People) -> Float32:
        """Reflectance float32[P] of people's cheeks."""
        cheeks = people.albedo.reshape(len(people.albedo), 3, -1)[:, :, self.model.landmarks[[*CHEEKS, 29]]]
        return np.asarray(cheeks.mean((1, 2)), np.float32)

    def dress(self, people: People, looks: Sequence[Look]) -> list[Strands]:
        """Grows everybody's hair.

        Args:
          people: P of them, as `BatchRenderer.people` makes them; their skin is changed in place where hair covers or
            shades it.
          looks: P.

        Returns:
          For `BatchRenderer.render`.
        """
        count = len(self.model.mean_shape)
        shapes = people.neutral.reshape(len(people.neutral), 3, -1)[:, :, :count]
        albedos = people.albedo.reshape(len(people.albedo), 3, -1)[:, :, :count]
        pairs = zip(looks, albedos, strict=True)
        return [self._dressed(look, shapes[k % len(shapes)].T, skin) for k, (look, skin) in enumerate(pairs)]

    def _dressed(self, look: Look, shape: Float32, skin: Float32) -> Strands:
        painted = skin[:, self.model.landmarks[BROWS]].mean(1).clip(0.004, 0.4)
        worn = []
        for style in look.hair:
            fitted = self._fitted(style, look.seed)
            colour, gloss = look.colour, GLOSS
            if style.kind == "brows":
                colour, gloss = 0.5 * (look.colour + 0.7 * painted), BROW_GLOSS
            elif style.kind == "lashes":
                colour, gloss = _LASHES, 0.0
            worn.append(Worn(fitted, colour.astype(np.float32), gloss))
            self._shade(skin, fitted, look.colour)
        for style, colour in look.worn:
            fitted = self._fitted(style, 0)
            worn.append(Worn(fitted, colour, _GLOSSY * (style.kind == "glasses")))
            self._shade(skin, fitted, colour)
        return Strands.of(worn, self.model.mean_shape, shape)

    @staticmethod
    def _shade(skin: Float32, fitted: FittedGroom, colour: Float32) -> None:
        """Changes reflectance float32[3, V] where it is covered or shaded."""
        if fitted.cover.any() or fitted.shadow.any():
            skin += _COVERED * fitted.cover * (_UNDER * colour[:, None] - skin)
            skin *= 1.0 - _SHADE[:, None] * fitted.shadow

    def _fitted(self, style: Style, seed: int) -> FittedGroom:
        return self._wearer.fitted(grow(style, seed, max(60, round(self.fineness * style.strands))))
