"""The face models and generators that visitors choose from: those that whoever started the studio named."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from au_tf.errors import InputError
from au_tf.faces.pairing import load_pair
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN
from au_tf.synthesis.stored import StoredGenerator


@dataclass(frozen=True)
class Choice:
    """A face model and a generator for it."""

    name: str
    """What visitors read."""
    model: str
    """As `load_face_model` takes it."""
    generator: str | None = None
    """Its folder; None is the one that ships with au_tf."""

    @property
    def options(self) -> list[str]:
        """The same as options of the command."""
        words = [] if self.model == BUILTIN else ["--face-model", self.model]
        return words if self.generator is None else [*words, "--generator", self.generator]


class Choices:
    """What there is to choose, each read when it is first asked for and kept.

    Args:
      models: face models.
      generators: folders of generators.
    """

    def __init__(self, models: Sequence[str] = (BUILTIN,), generators: Sequence[str | os.PathLike[str]] = ()) -> None:
        named: list[str | None] = [os.fspath(folder) for folder in generators]
        self.all = [
            Choice(_name(model, generator), model, generator)
            for model in dict.fromkeys(models or (BUILTIN,))
            for generator in ([None, *named] if model == BUILTIN else named or [None])
        ]
        self._pairs: dict[int, tuple[MorphableModel, StoredGenerator]] = {}
        self._lock = Lock()

    def pair(self, index: int) -> tuple[MorphableModel, StoredGenerator]:
        """A face model and its generator.

        Raises:
          InputError: if there is no such choice, a file is damaged, or the two do not belong together.
        """
        if not 0 <= index < len(self.all):
            raise InputError("the page", "choice", index, f"0 to {len(self.all) - 1}")
        with self._lock:
            if index not in self._pairs:
                choice = self.all[index]
                self._pairs[index] = load_pair(choice.model, choice.generator)
            return self._pairs[index]


def _name(model: str, generator: str | None) -> str:
    face = model if model == BUILTIN else Path(model).name
    return face if generator is None else f"{face}, {Path(generator).name}"
