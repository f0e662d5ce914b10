"""Whom a generator learns from: people who are simulated on the spot, or those of a recorded data set."""

from dataclasses import dataclass

import numpy as np

from au_tf.files import Place
from au_tf.morphable import MorphableModel
from au_tf.simulation.population import Recording, record
from au_tf.simulation.population_config import SimulationConfig
from au_tf.training.frame_table import FrameTable


@dataclass(frozen=True, eq=False)
class RecordedPeople:
    """The people of a data set."""

    name: str
    """Of the data set and its config."""
    frames: FrameTable
    """Their frames, in coefficients of the face model that is trained for."""
    simulated: bool
    """Whether they do not exist."""
    data_dir: str | Place | None = None
    """Where TFDS keeps it; None is its default."""


People = SimulationConfig | RecordedPeople


def frames_of(people: People, face: MorphableModel) -> Recording:
    """The frames to train on; those of a data set are observed as they are."""
    if isinstance(people, SimulationConfig):
        return record(face, people)
    return recording_of(people.frames)


def recording_of(table: FrameTable) -> Recording:
    """Recorded frames, observed as they are, in the form of simulated ones."""
    intensities, person = (column.astype(np.int64) for column in (table.intensities, table.person))
    return Recording(table.expression, table.expression, intensities, person)
