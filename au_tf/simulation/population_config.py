"""What can be chosen about simulated people and labels."""

from dataclasses import dataclass
from typing import Literal, get_args

from au_tf.errors import InputError

PolicyName = Literal["paper", "balanced", "errors", "grid", "list"]
"""Which Action Units synthetic pictures are asked for (`label_policies`)."""
POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)
OF_PEOPLE: tuple[PolicyName, ...] = ("paper", "balanced", "errors")
"""Those that draw from what recorded people show."""


@dataclass(frozen=True)
class SimulationConfig:
    """Who is simulated, and what they show."""

    people: int = 400
    """Number of people."""
    frames: int = 200
    """Frames of each."""
    single_share: float = 0.25
    """Share of frames with one Action Unit alone, every intensity equally often."""
    combination_share: float = 0.25
    """Share of frames with a random combination, every intensity equally often."""
    gain_spread: float = 0.15
    """Standard deviation, over people, of the logarithm of the strength of each of their Action Units."""
    asymmetry: float = 0.08
    """Standard deviation of the difference between left and right, as a share of the strength."""
    companion: float = 0.12
    """Mean strength, over people, of a companion movement as a share of its Action Unit."""
    style: float = 1.0
    """Standard deviation, over people, of the style of each action, half of its variance shared by both sides."""
    tone: float = 0.03
    """Mean strength, in a resting face, of each movement that it may hold."""
    fitted_share: float = 0.5
    """Share of frames whose observation comes through a fit to the 68 landmarks of a photo."""
    noise: float = 0.05
    """Error of the other observations and of the expressions, in standard deviations of each coefficient."""
    seed: int = 0
    """Everything derives from it."""

    def __post_init__(self) -> None:
        for name in ("people", "frames"):
            _require(name, getattr(self, name) >= 1, getattr(self, name), "a whole number of at least 1")
        for name in ("single_share", "combination_share", "fitted_share"):
            _require(name, 0 <= getattr(self, name) <= 1, getattr(self, name), "a share from 0 to 1")
        together = self.single_share + self.combination_share
        _require("single_share and combination_share", together <= 1, together, "at most 1 together")
        for name in ("gain_spread", "asymmetry", "companion", "style", "tone", "noise"):
            _require(name, 0 <= getattr(self, name) < float("inf"), getattr(self, name), "a number of at least 0")


def _require(field: str, holds: bool, found: object, expected: str) -> None:
    if not holds:
        raise InputError(None, field, found, expected)
