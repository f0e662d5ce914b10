"""The README.md that lies beside a trained generator."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import numpy as np

from au_tf.facs import AU_NAMES
from au_tf.synthesis.generator import FILE, Generator
from au_tf.synthesis.quality import Quality


def command_line(*configs: Any) -> str:
    """The command that trains with these settings: an option for each field that is not at its default."""
    return " ".join(["au-tf train caae", *(option for config in configs for option in _options(config))])


def _options(config: Any) -> Iterator[str]:
    for field in fields(config):
        value = getattr(config, field.name)
        assert field.default is not MISSING, "every setting has a default"
        if value == field.default:
            continue
        option = f"--{field.name.replace('_', '-')}"
        yield option if value is True else f"{option} {_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def model_card(generator: Generator, command: str, people: int, unseen: int, quality: Quality) -> str:
    """What the generator is, how to make it again, and how well it does.

    Args:
      generator: the trained generator.
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

on {people} simulated people on the built-in face; no recording of anyone was used. Unlike the paper's recipe, the
encoder sees another frame of the person than the one to be reconstructed where `--cross-frame` is above 0: from the
frame itself it would learn to hand on the expression, and the label would matter less.

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
