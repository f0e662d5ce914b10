"""Trained generators of any kind, read by what their file says they are."""

import os
from pathlib import Path

from au_tf.errors import InputError
from au_tf.files import Place, place
from au_tf.resources import saved_model
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.mixed_generator import MixedGenerator
from au_tf.synthesis.network_config import NetworkConfig
from au_tf.synthesis.noise_generator import NoiseGenerator
from au_tf.synthesis.stored import FILE, NetworkGenerator, StoredGenerator, read_kind

SHIPPED = {"builtin": "caae-builtin", "ICT-FaceKit": "caae-ict-facekit", "anny": "caae-anny"}
"""Folders of the generators that ship with au_tf, by the name of the face model that they were trained for."""
_NETWORKS: dict[str, type[NetworkGenerator]] = {each.KIND: each for each in (Generator, NoiseGenerator)}
_KINDS: dict[str, type[StoredGenerator]] = {**_NETWORKS, MixedGenerator.KIND: MixedGenerator}


def generator_class(config: NetworkConfig) -> type[NetworkGenerator]:
    """What is made of a model with such a configuration once it is trained."""
    return _NETWORKS[config.KIND]


def shipped_generator(face: str = "builtin") -> Path:
    """Folder of the generator that ships for the face model of that name; if there is none, of the built-in face's."""
    return saved_model(SHIPPED.get(face, SHIPPED["builtin"]))


def load_generator(directory: str | os.PathLike[str] | Place | None = None) -> StoredGenerator:
    """Reads a generator of any kind; without a directory, the one for the built-in face that ships with au_tf.

    Raises:
      InputError: if the file is missing, damaged, of an unknown kind, or does not fit together.
    """
    folder = shipped_generator() if directory is None else place(directory)
    kind = read_kind(folder)
    if kind not in _KINDS:
        raise InputError(folder / FILE, "kind", kind, f"one of {', '.join(_KINDS)}")
    return _KINDS[kind].load(folder)
