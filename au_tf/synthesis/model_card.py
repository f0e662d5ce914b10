"""The README.md that lies beside a trained generator."""

import shlex
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from au_tf.facs import AU_NAMES
from au_tf.synthesis.config import FIXED, RECIPES, CAAEConfig, TrainingConfig
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.quality import Quality
from au_tf.synthesis.simulation import SimulationConfig
from au_tf.synthesis.stored import FILE


def command_line(
    caae: CAAEConfig,
    training: TrainingConfig,
    simulation: SimulationConfig = SimulationConfig(),  # noqa: B008
    source: str = "builtin",
) -> str:
    """The command that trains with these settings on a face model.

    Args:
      caae: networks and objective.
      training: batches and steps.
      simulation: the people.
      source: what `--face-model` takes.

    Returns:
      The command with the recipe from which the settings differ least, and an option for each that differs.
    """
    given = caae, training, simulation
    spelled = {
        name: [o for pair in zip(given, (*recipe, SimulationConfig()), strict=True) for o in _options(*pair)]
        for name, recipe in RECIPES.items()
    }
    name = min(spelled, key=lambda name: len(spelled[name]))
    words = ["au-tf train caae"]
    words += [] if source == "builtin" else [f"--face-model {shlex.quote(source)}"]
    words += [] if name == next(iter(RECIPES)) else [f"--recipe {name}"]
    return " ".join(words + spelled[name])


def _options(config: Any, base: Any) -> Iterator[str]:
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in FIXED or value == getattr(base, field.name):
            continue
        option = f"--{field.name.replace('_', '-')}"
        yield option if value is True else f"{option} {_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def model_card(generator: Generator, units: str, command: str, people: int, unseen: int, quality: Quality) -> str:
    """What the generator is, how to make it again, and how well it does.

    Args:
      generator: the trained generator.
      units: what the Action Units are on the face model, as `mechanics.units_are` says it.
      command: that trains it.
      people: number of simulated people it was trained on.
      unseen: number of simulated people it was measured on.
      quality: what was measured.

    Returns:
      Markdown.
    """
    size = sum(net.count_params() for net in (generator.encoder, generator.generator))
    face = generator.face
    return f"""# CAAE for the face model "{face.name}"

Turns a source expression and the intensities of 12 Action Units into the expression with these Action Units
(`au_tf.synthesis.generator.Generator`): encoder and generator of the conditional adversarial autoencoder of Liu et al.,
"Conditional Adversarial Synthesis of 3D Facial Action Units", section 3.3. `{FILE}` holds {size:,} weights, the bounds
of the coefficients and the signature of the face model (digest `{face.digest[:12]}`), without which they mean nothing.

Made by

    {command}

on {people} simulated people on the face model "{face.name}"; no recording of anyone was used. On this
face model the Action Units are {units}{_missing(quality)}.

With the shipped recipe the encoder sees another frame of the person than the one to be reconstructed (`--cross-frame`),
unlike with the paper's: from the frame itself it would learn to hand on the expression, and the label would matter
less.

## Measured on {unseen} simulated people that it has not seen

Intensities are read off the mesh by least squares against the face's known actions. Each Action Unit is asked for by
itself of neutral sources; then sources that show it at 3 or more are asked for nothing.

{_table(quality)}

- Too much of the 11 others when one is asked for at 5: {quality.leakage:.2f} on average, {_worst(quality)} at most.
- Least growth from one intensity to the next, over all Action Units: {quality.least_step:.2f}.
- For no Action Unit, the distance to the person's own resting face is {quality.resting_error:.0%} of the distance
  between that and the mean resting face.

## Limits

The people are simulated, so how real people differ is a guess, and so is what they do besides the 12 Action Units.
Sources outside the bounds are clipped to them. The output is a shape for pictures and synthetic data, not evidence of
what anyone feels.
"""


def _missing(quality: Quality) -> str:
    names = [name for name, can in zip(AU_NAMES, quality.units, strict=True) if not can]
    return f"; {', '.join(names)} it cannot do" if names else ""


def _table(quality: Quality) -> str:
    own = np.diagonal(quality.response, axis1=0, axis2=2).T
    rows = ["| | asked 1 | 2 | 3 | 4 | 5 | shown by the source | left when nothing is asked |", "|---" * 8 + "|"]
    for name, response, shown, left in zip(AU_NAMES, own, quality.shown, quality.residue, strict=True):
        cells = [f"{value:.2f}" for value in (*response[1:], shown, left)]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _worst(quality: Quality) -> str:
    asked, other = np.unravel_index(quality.leaks.argmax(), quality.leaks.shape)
    return f"{quality.leaks.max():.2f} ({AU_NAMES[other]} when {AU_NAMES[asked]} is asked for)"
