"""What can be chosen about the training of the regressor."""

from dataclasses import dataclass

from au_tf.errors import InputError


@dataclass(frozen=True)
class RegressorTraining:
    """How the regressor is trained."""

    pictures: int = 60_000
    """Rendered pictures to train on; each takes 40 kB of disk."""
    steps: int = 6000
    """Steps of the whole network."""
    batch_size: int = 64
    """Pictures a step."""
    learning_rate: float = 1e-3
    """Of Adam at the beginning; it falls along a cosine to 0."""
    landmark_steps: int = 2000
    """Steps before these, of the part that sees the landmarks only."""
    landmark_batch_size: int = 512
    """Faces a step of them."""
    seed: int = 0
    """Everything random derives from it."""

    def __post_init__(self) -> None:
        for name in ("pictures", "steps", "batch_size", "landmark_batch_size"):
            if getattr(self, name) < 1:
                raise InputError(None, name, getattr(self, name), "a whole number of at least 1")
        if self.landmark_steps < 0:
            raise InputError(None, "landmark_steps", self.landmark_steps, "a whole number of at least 0")
        if not 0 < self.learning_rate < 1:
            raise InputError(None, "learning_rate", self.learning_rate, "a number between 0 and 1")
        if not 0 <= self.seed < 2**31:
            raise InputError(None, "seed", self.seed, "a whole number from 0 to 2147483647")
