"""Which simulated recording a data set holds: its size, its face model, and who is tested on."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import tensorflow_datasets as tfds

from au_tf.datasets.recordings.builder import RecordingConfig, standard_configs
from au_tf.errors import InputError
from au_tf.morphable.load import BUILTIN
from au_tf.simulation.frame_selection import SIZES
from au_tf.simulation.scene import SimulatedRecordingConfig
from au_tf.simulation.subjects import FRAMES

ICT = "AU_TF_ICT_FACEKIT"
"""Environment variable that names ICT-FaceKit's folder: where it is set, there are configs with these faces."""
PAPER = "paper"
"""The size that goes without saying in the name of a config."""


@dataclass(eq=False)
class SimulatedDisfaConfig(RecordingConfig):
    """Which features and people, and which simulation."""

    chunk: int = FRAMES
    """Most frames of a chunk: all of one camera's."""
    size: str = PAPER
    """How much is recorded, one of `SIZES`."""
    seed: int = 0
    """Everything that is random derives from it."""
    face_model: str = BUILTIN
    """Whose geometry: "builtin", or a path as `load_face_model` takes it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kind, expected in (
            ("size", str, f"one of {', '.join(SIZES)}"),
            ("seed", int, "a whole number of at least 0"),
            ("face_model", str, "a path"),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise InputError("simulated DISFA", name, value, expected)
        self.recording = SimulatedRecordingConfig(size=self.size, seed=self.seed)


def simulated(config: tfds.core.BuilderConfig) -> SimulatedDisfaConfig:
    """The config itself, or that of another recorded data set with the paper's size and the built-in face."""
    if isinstance(config, SimulatedDisfaConfig):
        return config
    given = {
        name: getattr(config, name) for name in ("name", "description", "images", "fold", "test", "train", "chunk")
    }
    return SimulatedDisfaConfig(**given)


def simulated_configs() -> list[SimulatedDisfaConfig]:
    """`coefficients_paper`, `coefficients_paper_small`, ..., `frames_fold2_tiny`; `..._ict...` with ICT-FaceKit."""
    return [config for face in _faces() for config in _configs_of(*face)]


def _faces() -> Iterator[tuple[str, str]]:
    """What a face model adds to the names, and where it is."""
    yield "", BUILTIN
    ict = os.environ.get(ICT)
    if ict:
        yield "_ict", ict


def _configs_of(suffix: str, face_model: str) -> Iterator[SimulatedDisfaConfig]:
    faces = "" if face_model == BUILTIN else " ICT-FaceKit's faces."
    for size in reversed(SIZES):
        ending = suffix + ("" if size == PAPER else f"_{size}")
        for own in standard_configs():
            yield SimulatedDisfaConfig(
                name=own.name + ending,
                description=f"{own.description} {2 * SIZES[size]:,} frames of each person.{faces}",
                images=own.images,
                fold=own.fold,
                size=size,
                face_model=face_model,
            )
