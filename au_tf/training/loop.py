"""The loop of every training: rounds of steps, after each of which losses are looked at and the state is kept."""

import importlib.util
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import keras

from au_tf.errors import InputError
from au_tf.progress import progress as bar_of
from au_tf.startup import check_fork
from au_tf.training.checkpoints import Checkpoint

Losses = dict[str, float]
Progress = Callable[[int, Losses], None]
"""Is told after each round how many steps were made and the mean losses over it."""


class Round(NamedTuple):
    """Steps that are made before the state is kept again."""

    start: int
    """Steps made before it."""
    stop: int
    """Steps made after it."""
    history: Sequence[Losses]
    """Mean losses over the rounds before it."""
    tell: Callable[[int], object]
    """To be called as steps are made, with how many."""


def run_rounds(
    model: keras.Model,
    advance: Callable[[Round], Losses],
    ends: Sequence[int],
    variables: Mapping[str, keras.Variable],
    checkpoint: Checkpoint | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    progress: Progress | None = None,
) -> list[Losses]:
    """Trains round by round, or goes on after the last round that was kept.

    Args:
      model: what is trained; callbacks belong to it.
      advance: makes the steps of a round and returns the mean losses over it. Steps must depend on their numbers and on
        `variables` only: then what comes out is the same to the last bit, however often the training was stopped.
      ends: steps made at the end of each round, rising.
      variables: all that changes, by name: weights, random states and the optimizers' states. Optimizers have to be
        built: what is not would not be restored.
      checkpoint: where the state is kept after each round.
      callbacks: of Keras, to which each round is an epoch; one that sets `model.stop_training` ends the training.
      progress: told of each round; without one, a bar is shown.

    Returns:
      The mean losses over every round, those of earlier sittings included.

    Raises:
      InputError: as soon as a loss is no longer finite, for a checkpoint of another training, or in a process that was
        forked after TensorFlow had been used.
    """
    check_fork()
    made, history = checkpoint.restore(variables) if checkpoint else (0, [])
    hooks = keras.callbacks.CallbackList(list(callbacks), model=model, epochs=len(ends))
    model.stop_training = False
    hooks.on_train_begin()
    with bar_of(about=model.name, total=ends[-1], done=made, unit="step", wanted=progress is None) as bar:
        for number, end in enumerate(ends):
            if end <= made or model.stop_training:
                continue
            hooks.on_epoch_begin(number)
            losses = advance(Round(made, end, history, bar.update))
            _require_finite(losses, end)
            made, history = end, [*history, losses]
            if checkpoint:
                checkpoint.save(variables, made, history)
            hooks.on_epoch_end(number, losses)
            bar.set_postfix({name: f"{value:.4g}" for name, value in losses.items()})
            if progress:
                progress(made, losses)
    hooks.on_train_end(history[-1])
    return history


def round_ends(steps: int, every: int) -> list[int]:
    """The ends of rounds of so many steps each, the last of which may be shorter."""
    return [*range(every, steps, every), steps]


def tensorboard(directory: str | os.PathLike[str]) -> keras.callbacks.Callback:
    """A callback that writes the losses where TensorBoard finds them.

    Raises:
      InputError: if TensorBoard, an extra, is not installed.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError("tensorboard", "package", "none", "TensorBoard: pip install 'au_tf[tensorboard]'")
    return keras.callbacks.TensorBoard(str(Path(directory)), write_graph=False)


def _require_finite(losses: Losses, step: int) -> None:
    for name, value in losses.items():
        if not math.isfinite(value):
            raise InputError("training", f"{name} at step {step}", value, "a finite loss; lower the rate")
