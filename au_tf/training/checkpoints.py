"""The state of a training in one file that is whole at every moment, so that it goes on as if never interrupted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.files import Place, read_npz, write_npz


@dataclass(frozen=True)
class Checkpoint:
    """Where a training keeps its state, and which training it is."""

    path: Place
    """The file, an `.npz`."""
    identity: str
    """JSON of all that makes the training, by group; equal only if they are."""

    def save(self, variables: Mapping[str, keras.Variable], step: int, history: Sequence[Mapping[str, float]]) -> None:
        """Writes the state.

        Args:
          variables: all that changes, by name: weights and the optimizers' states.
          step: how many steps were made.
          history: losses by name, of every round so far.

        Raises:
          InputError: if the place cannot be written.
        """
        arrays = {name: tf.convert_to_tensor(variable.value).numpy() for name, variable in variables.items()}
        about = {"identity": self.identity, "step": step, "history": json.dumps(list(history))}
        write_npz(self.path, arrays | about)

    def restore(self, variables: Mapping[str, keras.Variable]) -> tuple[int, list[dict[str, float]]]:
        """Sets variables to what `save` wrote, if there is a file.

        Returns:
          The step, 0 without a file, and the history, empty without a file.

        Raises:
          InputError: if the file is damaged or belongs to another training; nothing is changed then.
        """
        if not self.path.exists():
            return 0, []
        state = read_npz(self.path, ["identity", "step", "history"])
        if str(state["identity"]) != self.identity:
            differs = _difference(str(state["identity"]), self.identity)
            raise InputError(self.path, "training", f"one with another {differs}", "the same training, or another file")
        values = read_npz(self.path, list(variables))
        for name, variable in variables.items():
            if values[name].shape != tuple(variable.shape):
                raise InputError(self.path, name, f"shape {values[name].shape}", f"shape {tuple(variable.shape)}")
        for name, variable in variables.items():
            variable.assign(values[name])
        return int(state["step"]), json.loads(str(state["history"]))


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
