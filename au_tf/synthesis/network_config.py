"""What can be chosen about CGAN, CAAE and their training; the paper's numbers are the defaults of every field."""

import math
from dataclasses import dataclass, fields
from typing import ClassVar, Literal, get_args

from au_tf.errors import InputError

SoftLabels = Literal["none", "normal", "uniform"]


@dataclass(frozen=True)
class NetworkConfig:
    """What the networks of CGAN and CAAE have in common."""

    KIND: ClassVar[str]
    """What `au-tf train` and stored generators call them."""

    expression_size: int = 79
    """Expression coefficients."""
    label_size: int = 12
    """Action Units."""
    latent_size: int = 50
    """Size of the code or noise z; its distribution is uniform in [-1, 1]."""
    hidden: tuple[int, ...] = (128, 128)
    """Widths of the hidden layers of the generator's side; the paper gives them in a figure only."""
    discriminator_hidden: tuple[int, ...] = (64, 64)
    """Widths of the hidden layers of the discriminators; the paper gives them in a figure only."""
    range_weight: float = 10.0
    """beta of eqs. 5 and 10."""
    range_limit: float = 1.0
    """Limits of eqs. 4 and 9 as a share of the bounds; at 1, G's tanh keeps the loss at 0."""
    adversarial: Literal["minimax", "non-saturating"] = "minimax"
    """What the generator's side minimises of eqs. 3, 6 and 8: as printed, or -log D."""

    def __post_init__(self) -> None:
        # A saved model brings its tuples back as lists.
        for name in ("hidden", "discriminator_hidden"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("hidden", "discriminator_hidden"):
            if not getattr(self, name) or min(getattr(self, name)) < 1:
                raise InputError(None, name, getattr(self, name), "widths of at least 1")
        for name in (field.name for field in fields(self) if field.type is float):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InputError(None, name, getattr(self, name), "a number of at least 0")
        if self.adversarial not in ("minimax", "non-saturating"):
            raise InputError(None, "adversarial", self.adversarial, "minimax or non-saturating")


@dataclass(frozen=True)
class CAAEConfig(NetworkConfig):
    """The networks of the CAAE and the weights of its objective."""

    KIND = "caae"

    reconstruction_weight: float = 100.0
    """lambda of eq. 10."""


@dataclass(frozen=True)
class CGANConfig(NetworkConfig):
    """The networks of the CGAN and the weight of its objective."""

    KIND = "cgan"

    latent_size: int = 100
    """Size of the noise z."""


@dataclass(frozen=True)
class CDAAEConfig(CAAEConfig):
    """The networks of the CDAAE, which sees pictures: each entry of a width is a convolution that halves the sides."""

    KIND = "cdaae"

    expression_size: int = 32 * 32 * 3
    """Values of a picture."""
    hidden: tuple[int, ...] = (32, 64, 128)
    """Channels of the encoder's and, from the last to the first, of the generator's layers."""
    discriminator_hidden: tuple[int, ...] = (32, 64)
    """Channels of the layers of the discriminator of pictures, and widths of that of codes."""
    adversarial: Literal["minimax", "non-saturating"] = "non-saturating"

    @property
    def side(self) -> int:
        """Pixels a side."""
        return math.isqrt(self.expression_size // 3)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.hidden) < 2:
            raise InputError(None, "hidden", self.hidden, "at least 2 layers")
        whole = 3 * self.side**2 == self.expression_size
        if not whole or self.side % 2 ** max(len(self.hidden), len(self.discriminator_hidden)):
            raise InputError(None, "expression_size", self.expression_size, "three times a square that can be halved")


@dataclass(frozen=True)
class TrainingConfig:
    """How batches are drawn and steps are made."""

    iterations: int = 150_000
    """Steps of the optimizers."""
    batch_size: int = 64
    """Samples a step, over all replicas."""
    learning_rate: float = 1e-5
    """Of Adam, for the generator's side."""
    discriminator_learning_rate: float = 1e-5
    """Of Adam, for the discriminators."""
    decay: Literal["constant", "cosine"] = "constant"
    """How the learning rate goes on: as it is, or along a cosine to 0."""
    soft_labels: SoftLabels = "none"
    """Noise on the labels (eq. 11)."""
    cross_frame: float = 0.0
    """Share of samples whose source is another frame of the target's person; 0 is the paper's case (eq. 7)."""
    permuted_labels: bool = False
    """Whether the generated side of eq. 8 is asked for the label of another sample; False is the paper's case."""
    seed: int = 0
    """Every random number of the training derives from it and from the number of the step."""
    steps_per_call: int = 500
    """Steps made inside one call of the compiled loop."""

    def __post_init__(self) -> None:
        for name in ("iterations", "batch_size", "steps_per_call"):
            if getattr(self, name) < 1:
                raise InputError(None, name, getattr(self, name), "a whole number of at least 1")
        for name in ("learning_rate", "discriminator_learning_rate"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(None, name, getattr(self, name), "a number between 0 and 1")
        if not 0 <= self.seed < 2**31:
            raise InputError(None, "seed", self.seed, "a whole number from 0 to 2147483647")
        if not 0 <= self.cross_frame <= 1:
            raise InputError(None, "cross_frame", self.cross_frame, "a share from 0 to 1")
        if self.decay not in ("constant", "cosine"):
            raise InputError(None, "decay", self.decay, "constant or cosine")
        if self.soft_labels not in get_args(SoftLabels):
            raise InputError(None, "soft_labels", self.soft_labels, f"one of {', '.join(get_args(SoftLabels))}")


@dataclass(frozen=True)
class MixedEffectsConfig:
    """What is not learnt; the defaults were chosen on validation people."""

    reading_weight: float = 100.0
    """Weight of what a linear estimator reads, a squared error of 1 against a squared residual of 1 deviation."""
    mesh_weight: float = 300.0
    """Weight of what the mesh shows."""
    source_noise: float = 0.3
    """Share of the variation within a person by which a source is taken to be off the resting face."""
    diagonal: float = 0.5
    """Share of the covariance between people that is taken as independent: a few people say little of the rest."""
    shown_rate: float = 2.0
    """Rate of the exponential prior of the intensities that a source shows; the greater, the less is taken away."""

    def __post_init__(self) -> None:
        for name in ("reading_weight", "mesh_weight", "source_noise", "shown_rate"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InputError(None, name, getattr(self, name), "a number of at least 0")
        if not 0 < self.diagonal <= 1:
            raise InputError(None, "diagonal", self.diagonal, "a share above 0, up to 1")


FIXED = ("expression_size", "label_size")
"""Settings that follow from the face model and the vocabulary."""

SHIPPED_CAAE = CAAEConfig(adversarial="non-saturating")
"""Networks and objective of the generator that ships."""
SHIPPED_TRAINING = TrainingConfig(
    iterations=8000,
    batch_size=256,
    learning_rate=2e-3,
    decay="cosine",
    cross_frame=1.0,
)
"""Training of the generator that ships: a minute or two instead of the paper's schedule."""

RECIPES: dict[str, dict[str, tuple[NetworkConfig, TrainingConfig]]] = {
    "caae": {"shipped": (SHIPPED_CAAE, SHIPPED_TRAINING), "paper": (CAAEConfig(), TrainingConfig())},
    "cgan": {"paper": (CGANConfig(), TrainingConfig())},
}
"""What `au-tf train NETWORK --recipe` chooses from; the first of each network is its default."""
