"""What can be chosen about the training of the landmark estimator."""

import math
from dataclasses import dataclass

from au_tf.errors import InputError

FOLDS, LEAST_PEOPLE = 5, 10
"""Of five people one tells how far the estimator errs."""


@dataclass(frozen=True)
class LandmarkTraining:
    """How a landmark estimator is trained."""

    people: int = 400
    """Rendered people of each face model."""
    pictures: int = 5
    """Pictures of each, the first of the neutral face."""
    photo_pictures: int = 121
    """Pictures made of each of the portraits of `real_zero`, the first of the neutral face; 0 is none."""
    single_share: float = 0.35
    """Share of pictures with one Action Unit alone, every intensity equally often."""
    combination_share: float = 0.25
    """Share of pictures with a random combination; the others show what people show."""
    place_strength: float = 100.0
    """How strongly the ridges shrink what landmarks tell, for features of variance 1."""
    skin_strength: float = 1500.0
    """The same for the edges of the skin."""
    seed: int = 0
    """Everything random derives from it."""
    shape_strength: float = 3.0
    """How strongly the ridges shrink what blendshapes tell."""
    lone_skin_strength: float = 20_000.0
    """How strongly they shrink what the edges of the skin tell where no neutral face is known."""

    def __post_init__(self) -> None:
        if self.people < LEAST_PEOPLE:
            raise InputError(None, "people", self.people, f"a whole number of at least {LEAST_PEOPLE}")
        if self.pictures < 2:
            raise InputError(None, "pictures", self.pictures, "a whole number of at least 2")
        if self.photo_pictures < 0:
            raise InputError(None, "photo_pictures", self.photo_pictures, "a whole number of at least 0")
        for name in ("place_strength", "skin_strength", "shape_strength", "lone_skin_strength"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(None, name, getattr(self, name), "a number above 0")
        if not 0 <= self.seed < 2**31:
            raise InputError(None, "seed", self.seed, "a whole number from 0 to 2147483647")
