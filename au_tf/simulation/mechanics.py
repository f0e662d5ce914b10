"""A face model's actions in expression coefficients, tabulated so that many frames cost little."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from au_tf.arrays import Array, ArrayLike, Bool, Float, Float64
from au_tf.facs import ACTIONS, AU_NUMBERS, MAX_INTENSITY, both_sides
from au_tf.geometry.landmarks import LOWER_LIP_EDGE, UPPER_LIP_EDGE
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.morphable.builtin.assembly import NAME
from au_tf.morphable.combinations import combine
from au_tf.morphable.model import MorphableModel

FULL = 1.2
"""Greatest strength in the table; 1 is intensity 5 of a person of mean strength."""

# The actions that are not linear even alone: the lids slide over each eyeball.
_LID_UNITS = (5, 6, 7, 43)
_LID_NODES = np.linspace(0.0, FULL, 5)

LEAST_MOTION_MM = 1.0
"""A face on which an Action Unit at 5 moves nothing by that much cannot do it."""
_FEW_SHAPES = 6


def action(unit: int, side: str) -> int:
    """Position in ACTIONS of an Action Unit of one side, "L" or "R"."""
    return ACTIONS.index(f"AU{unit}_{side}")


def is_builtin(model: MorphableModel) -> bool:
    """Whether it is the built-in face, which is made or read only if the name is its own."""
    return model.name == NAME and model.digest == builtin_face().digest


def both_sided(intensities: ArrayLike) -> Float64:
    """Strengths of the actions, float64[..., A], for intensities float[..., 12] that both sides show alike."""
    shown = np.asarray(intensities, np.float64) / MAX_INTENSITY
    strengths = np.zeros((*shown.shape[:-1], len(ACTIONS)))
    for k, unit in enumerate(AU_NUMBERS):
        strengths[..., both_sides(unit)] = shown[..., k, None]
    return strengths


@dataclass(frozen=True, eq=False)
class Mechanics:
    """Expression coefficients of actions: a linear part, a person's style of it, and what the lids add."""

    linear: Float64
    """float64[A, E]."""
    styled: Float64
    """float64[A, STYLES, E], change of each action by a person's style."""
    bent: tuple[tuple[list[int], RegularGridInterpolator], ...]
    """Actions that work together, and what they do beyond the linear part."""
    rest: Float64
    """float64[E], a face that does nothing: with lips that touch, where the model's mean leaves them apart."""

    def expressions(self, strengths: ArrayLike, styles: ArrayLike | None = None) -> Float64:
        """Expression coefficients of actions in a person's own way, together as in `combine`.

        Args:
          strengths: float[N, A] in [0, FULL].
          styles: float[N, A, STYLES], standard normal over people; None is the mean person's way.

        Returns:
          float64[N, E], standard deviations; on the built-in face `action_expressions` to 1% of its size.
        """
        a = combine(strengths)
        out = self.rest + a @ self.linear
        if styles is not None:
            weights = (a[:, :, None] * np.asarray(styles)).reshape(len(a), -1)
            out += weights @ self.styled.reshape(weights.shape[1], -1)
        for group, table in self.bent:
            out += table(np.clip(a[:, group], 0.0, FULL))
        return out


@lru_cache(maxsize=1)
def tabulate(model: MorphableModel) -> Mechanics:
    """The actions of a face model, the last one kept; what the lids add is known of the built-in face only."""
    linear = model.actions.astype(np.float64)
    groups = [[action(u, side) for u in _LID_UNITS] for side in "LR"] if is_builtin(model) else []
    bent = tuple((group, _residual(model, linear, group, _LID_NODES)) for group in groups)
    return Mechanics(linear, model.styles.astype(np.float64), bent, _rest(model))


def _rest(model: MorphableModel) -> Float64:
    """As much of AU25, backwards, as closes the lips of the mean face; 0 if they touch, or it does not part them."""
    parting = model.actions[both_sides(25)].sum(0).astype(np.float64)
    upper, lower = (model.landmarks[rows] for rows in (UPPER_LIP_EDGE, LOWER_LIP_EDGE))
    gap = float((model.mean_shape[upper, 1] - model.mean_shape[lower, 1]).mean())
    opening = float(parting @ (model.expression_basis[:, upper, 1] - model.expression_basis[:, lower, 1]).mean(1))
    return -max(gap, 0.0) / opening * parting if opening >= LEAST_MOTION_MM else 0.0 * parting


def _residual(model: MorphableModel, linear: Float64, group: list[int], nodes: Float64) -> RegularGridInterpolator:
    """What a few actions do together beyond their linear part, on a grid of their strengths."""
    grid = np.stack(np.meshgrid(*[nodes] * len(group), indexing="ij"), -1)
    strengths = np.zeros((*grid.shape[:-1], len(ACTIONS)))
    strengths[..., group] = grid
    return RegularGridInterpolator([nodes] * len(group), action_expressions(model, strengths) - strengths @ linear)


def unit_motion(model: MorphableModel) -> Float64:
    """How far each of the 12 Action Units at intensity 5, both sides alike, moves the vertex it moves most, mm."""
    units = both_sided(np.diag(np.full(len(AU_NUMBERS), MAX_INTENSITY))) @ model.actions
    return np.asarray(np.linalg.norm(_motion(model, units), axis=-1).max(-1), np.float64)


def _motion(model: MorphableModel, expressions: Array) -> Float:
    """How coefficients [..., E] move a face, float[..., V, 3]; identities would cost the most."""
    return np.tensordot(expressions.astype(model.mean_shape.dtype), model.expression_basis, 1)


@lru_cache(maxsize=2)
def shown_units(model: MorphableModel) -> Bool:
    """Which of the 12 Action Units the face can do, bool[12]."""
    return unit_motion(model) >= LEAST_MOTION_MM


_OWN_SIDE = 0.8
"""Least share of an action's motion, squared, on its own side of the face, for the sides to count as apart."""


@lru_cache(maxsize=2)
def sided_units(model: MorphableModel) -> Bool:
    """Which of the 12 Action Units the face can do on one side, bool[12]: not the jaw's, for one."""
    moved = _motion(model, model.actions[np.array([both_sides(unit) for unit in AU_NUMBERS])])
    motion = np.square(moved).sum(-1)
    left = model.mean_shape[:, 0] > 0
    own = np.stack([motion[:, 0, left].sum(-1), motion[:, 1, ~left].sum(-1)], -1)
    apart = (own >= _OWN_SIDE * np.maximum(motion.sum(-1), 1e-12)).all(-1)
    return np.asarray(apart & shown_units(model))


def units_are(model: MorphableModel) -> str:
    """What the Action Units are on a face model, as the rest of a sentence that begins so."""
    if (np.count_nonzero(model.actions, axis=1) <= _FEW_SHAPES).all():
        return "expression shapes of its own"
    if is_builtin(model):
        return "shapes measured on ICT-FaceKit, as large as is known of people"
    return "mixtures of its expression components, carried over from the built-in face"
