"""The state of a training in one file that is whole at every moment, so that it goes on as if never interrupted."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.morphable.model import read_npz, write_npz
from au_tf.synthesis.adversarial import AdversarialModel
from au_tf.synthesis.batches import Frames
from au_tf.synthesis.config import TrainingConfig


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a training keeps its state, and which training it is."""

    path: Path
    """The file."""
    identity: str
    """Networks, settings and frames of the training, in words that are equal only if they are."""

    @classmethod
    def of(
        cls, path: str | os.PathLike[str], model: AdversarialModel, frames: Frames, config: TrainingConfig
    ) -> "Checkpoint":
        """The checkpoint of the training of `model` on `frames`."""
        settings = {"model": type(model).__name__, "networks": asdict(model.config), "training": asdict(config)}
        return cls(Path(path), json.dumps(settings | {"frames": _digest(frames)}, sort_keys=True))

    def save(self, model: AdversarialModel, step: int, losses: dict[str, float]) -> None:
        """Writes weights, the optimizers' states, how many steps were made and the last mean losses.

        Raises:
          InputError: if the place cannot be written.
        """
        write_state(self.path, self.identity, _variables(model), step, losses)

    def restore(self, model: AdversarialModel) -> tuple[int, dict[str, float]]:
        """Sets the state of a compiled model to that of the file, if there is one.

        Returns:
          How many steps were made, 0 without a file, and the mean losses over the last of them.

        Raises:
          InputError: if the file is damaged or belongs to another training.
        """
        return read_state(self.path, self.identity, _variables(model))


def write_state(path: Path, identity: str, variables: Mapping[str, Any], step: int, record: Mapping[str, Any]) -> None:
    """Writes the state of any training.

    Args:
      path: the file, an `.npz`.
      identity: which training it is, JSON of its settings by group.
      variables: all that changes, by name.
      step: how far it is.
      record: what else is to be known when it goes on; JSON can hold it.

    Raises:
      InputError: if the place cannot be written.
    """
    arrays = {name: tf.convert_to_tensor(variable.value).numpy() for name, variable in variables.items()}
    write_npz(path, arrays | {"identity": identity, "step": step, "losses": json.dumps(dict(record))})


def read_state(path: Path, identity: str, variables: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Sets variables to what `write_state` wrote, if there is a file.

    Returns:
      The step, 0 without a file, and the record, empty without a file.

    Raises:
      InputError: if the file is damaged or belongs to another training; nothing is changed then.
    """
    if not path.exists():
        return 0, {}
    state = read_npz(path, ["identity", "step", "losses", *variables])
    if str(state["identity"]) != identity:
        differs = _difference(str(state["identity"]), identity)
        raise InputError(path, "training", f"one with another {differs}", "the same training, or another file")
    for name, variable in variables.items():
        if state[name].shape != tuple(variable.shape):
            raise InputError(path, name, f"shape {state[name].shape}", f"shape {tuple(variable.shape)}")
    for name, variable in variables.items():
        variable.assign(state[name])
    return int(state["step"]), json.loads(str(state["losses"]))


class CheckpointCallback(keras.callbacks.Callback):
    """Saves a checkpoint at the end of every epoch, an epoch being one call of the compiled loop."""

    def __init__(self, checkpoint: Checkpoint, steps_until: Callable[[int], int]) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        self.steps_until = steps_until

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        losses = {name: float(value) for name, value in (logs or {}).items()}
        self.checkpoint.save(self.model, self.steps_until(epoch), losses)


def _variables(model: AdversarialModel) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for party in model.PARTIES:
        for kind, variables in (("optimizer", model.optimizer_of(party).variables), ("network", model.moved(party))):
            state |= {f"{party}/{kind}/{i}": variable for i, variable in enumerate(variables)}
    return state


def _digest(frames: Frames) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in frames:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _difference(stored: str, own: str) -> str:
    """The first setting in which two identities differ."""
    try:
        there = json.loads(stored)
    except ValueError:
        return "identity"
    for group, settings in json.loads(own).items():
        if there.get(group) != settings:
            other = there.get(group)
            if isinstance(settings, dict) and isinstance(other, dict):
                return next((name for name in settings if other.get(name) != settings[name]), group)
            return group
    return "identity"
