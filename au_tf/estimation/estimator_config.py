"""What can be chosen about an estimator on pictures and its training."""

from dataclasses import dataclass
from typing import Literal

from au_tf.errors import InputError


@dataclass(frozen=True)
class Backbone:
    """What is known of a network before it is built."""

    size: int
    """Pixels a side of the picture that it sees."""
    learning_rate: float
    """Of Adam at the beginning."""


BACKBONES = {"alexnet": Backbone(224, 1e-4), "small": Backbone(96, 1e-3)}
"""By the names that `backbone` takes; the paper's is AlexNet."""


def backbone_of(name: str) -> Backbone:
    """The backbone of a name.

    Raises:
      InputError: if there is none.
    """
    if name not in BACKBONES:
        raise InputError(None, "backbone", name, f"one of {', '.join(BACKBONES)}")
    return BACKBONES[name]


@dataclass(frozen=True)
class EstimatorTraining:
    """How an estimator is trained; where the paper says something, as it says."""

    backbone: Literal["alexnet", "small"] = "alexnet"
    """The paper's AlexNet, or a network 100 times smaller."""
    epochs: int = 20
    """Passes over the pictures."""
    batch_size: int = 64
    """Pictures a step."""
    learning_rate: float | None = None
    """Of Adam at the beginning; unless given the backbone's own, for AlexNet the paper's 1e-4."""
    decay: float = 0.04
    """Share by which the learning rate falls at each epoch."""
    seed: int = 0
    """Everything random derives from it."""
    recorded_epochs: int = 0
    """Passes after the others over the recorded pictures alone, which show Action Units as often as they occur."""

    def __post_init__(self) -> None:
        own = backbone_of(self.backbone).learning_rate
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise InputError(None, name, getattr(self, name), "a whole number of at least 1")
        if self.recorded_epochs < 0:
            raise InputError(None, "recorded_epochs", self.recorded_epochs, "a whole number of at least 0")
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", own)
        if not 0 < self.rate < 1:
            raise InputError(None, "learning_rate", self.learning_rate, "a number between 0 and 1")
        if not 0 <= self.decay < 1:
            raise InputError(None, "decay", self.decay, "a number from 0 to below 1")
        if not 0 <= self.seed < 2**31:
            raise InputError(None, "seed", self.seed, "a whole number from 0 to 2147483647")

    @property
    def rate(self) -> float:
        """The learning rate at the beginning."""
        return float(self.learning_rate or 0.0)

    @property
    def size(self) -> int:
        """Pixels a side of the pictures that the backbone sees."""
        return backbone_of(self.backbone).size
