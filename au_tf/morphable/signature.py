"""Which face model a network's coefficients belong to."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

from au_tf.arrays import Arrays, Float32
from au_tf.errors import InputError
from au_tf.morphable.model import MorphableModel

Basis = Literal["identity", "expression"]

# Two computers may round a generated face differently in its last bits.
_SAME_FACE_MM = 0.02


@dataclass(frozen=True, eq=False)
class FaceSignature:
    """What each coefficient means on one face model."""

    name: str
    """Name of the model."""
    digest: str
    """Its `MorphableModel.digest`."""
    motion: Float32
    """float32[C, 68, 3], motion of the landmarks by one standard deviation of each coefficient, mm."""
    bases: tuple[Basis, ...] = ("expression",)
    """Whose coefficients these are, one basis after the other."""

    @classmethod
    def of(cls, model: MorphableModel, bases: tuple[Basis, ...] = ("expression",)) -> Self:
        """The signature of a face model."""
        return cls(model.name, model.digest, _motion(model, bases), bases)

    def matches(self, model: MorphableModel) -> bool:
        """Whether coefficients mean the same on `model`: equal in every bit, or to 0.02 mm at the landmarks."""
        if self.digest == model.digest:
            return True
        other = _motion(model, self.bases)
        return self.motion.shape == other.shape and bool(np.abs(self.motion - other).max() < _SAME_FACE_MM)

    def require(self, model: MorphableModel, source: str = "generator") -> None:
        """Makes sure that coefficients mean the same on `model`.

        Args:
          model: the face model they are to be used with.
          source: what the network is called in the error.

        Raises:
          InputError: if this is another face model.
        """
        if not self.matches(model):
            found = f"one trained on {self.name} ({self.digest[:12]})"
            raise InputError(source, "face model", found, f"one trained on {model.name} ({model.digest[:12]})")

    def arrays(self) -> dict[str, Any]:
        """What stands in the file of a network, by name; the bases are known to who reads it."""
        return {"face/name": self.name, "face/digest": self.digest, "face/motion": self.motion}

    @classmethod
    def from_arrays(cls, arrays: Arrays, bases: tuple[Basis, ...] = ("expression",)) -> Self:
        """The inverse of `arrays`."""
        return cls(str(arrays["face/name"]), str(arrays["face/digest"]), arrays["face/motion"], bases)


def _motion(model: MorphableModel, bases: tuple[Basis, ...]) -> Float32:
    parts = [getattr(model, f"{basis}_basis")[:, model.landmarks] for basis in bases]
    return np.concatenate(parts).astype(np.float32)
