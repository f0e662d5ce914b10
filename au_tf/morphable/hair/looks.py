"""How people wear their hair: looks drawn at random."""

from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Float32
from au_tf.morphable.hair.styles import BEARDS, BROWS, CAP, GLASSES, HAIR, LASHES, MOUSTACHE, Style

_COLOURS = {
    "black": (0.012, 0.010, 0.010),
    "dark brown": (0.032, 0.021, 0.015),
    "brown": (0.075, 0.043, 0.025),
    "blond": (0.250, 0.160, 0.085),
    "red": (0.190, 0.070, 0.026),
    "grey": (0.300, 0.285, 0.270),
    "white": (0.520, 0.500, 0.470),
}
"""Linear RGB reflectance."""
# How usual each is on light and on dark skin.
_ON_LIGHT = (0.14, 0.26, 0.28, 0.14, 0.05, 0.09, 0.04)
_ON_DARK = (0.66, 0.18, 0.03, 0.01, 0.0, 0.09, 0.03)
_CURLED = ("afro", "short curls", "curly")
_OF_MEN = ("buzz", "short", "receding", "side parting", "swept back", "short curls", "afro")
_SEEDS = 2
_BALD, _BEARDED, _CAPPED, _GLASSED = 0.12, 0.4, 0.06, 0.15
GLOSS, BROW_GLOSS = 0.05, 0.01


@dataclass(frozen=True, eq=False)
class Look:
    """What one person wears."""

    styles: tuple[Style, ...]
    """Of scalp and beard; none is bald and shaven."""
    colour: Float32
    """float32[3], linear RGB reflectance."""
    seed: int = 0
    """Of the growth."""
    worn: tuple[tuple[Style, Float32], ...] = ()
    """Caps and glasses with their colours, float32[3]."""

    @property
    def hair(self) -> tuple[Style, ...]:
        """With brows and lashes, which everybody has."""
        return *self.styles, BROWS, LASHES


def look(hair: str | None = None, beard: str | None = None, colour: str = "dark brown") -> Look:
    """A look by the names of `HAIR` and `BEARDS`."""
    styles = ([HAIR[hair]] if hair else []) + ([BEARDS[beard], MOUSTACHE] if beard else [])
    return Look(tuple(styles), np.array(_COLOURS[colour], np.float32))


def draw_look(rng: np.random.Generator, light: float) -> Look:
    """Draws how a person wears hair.

    Args:
      rng: where the randomness comes from.
      light: reflectance of the skin; what goes with it is more usual on it.
    """
    dark = float(np.clip((0.28 - light) / 0.18, 0.0, 1.0))
    names = list(HAIR)
    usual = np.array([(0.25 + 3.0 * dark) if name in _CURLED else 1.2 - dark for name in names])
    name = names[rng.choice(len(names), p=usual / usual.sum())]
    styles = [] if rng.random() < _BALD else [HAIR[name]]
    if (not styles or name in _OF_MEN) and rng.random() < _BEARDED:
        styles.append(list(BEARDS.values())[rng.integers(len(BEARDS))])
        styles += [MOUSTACHE] if rng.random() < 0.8 else []
    share = (1.0 - dark) * np.array(_ON_LIGHT) + dark * np.array(_ON_DARK)
    colour = np.array(list(_COLOURS.values()))[rng.choice(len(share), p=share / share.sum())]
    colour = colour * np.exp(rng.normal(0.0, 0.2) + rng.normal(0.0, 0.04, 3))
    worn: list[tuple[Style, Float32]] = []
    if rng.random() < _CAPPED:
        # Hair that shows below a cap would have to be pressed by it.
        styles = [style for style in styles if style.kind != "hair"]
        worn.append((CAP, _dyed(rng)))
    if rng.random() < _GLASSED:
        worn.append((list(GLASSES.values())[rng.integers(len(GLASSES))], _dyed(rng, 0.15)))
    return Look(tuple(styles), colour.clip(0.004, 0.7).astype(np.float32), int(rng.integers(_SEEDS)), tuple(worn))


def _dyed(rng: np.random.Generator, light: float = 1.0) -> Float32:
    """Any colour of yarn, seldom gaudy; of plastic and metal, dark."""
    grey = light * rng.uniform(0.02, 0.6)
    return np.clip(grey * np.exp(rng.normal(0.0, 0.35, 3) * rng.random()), 0.01, 0.8).astype(np.float32)
