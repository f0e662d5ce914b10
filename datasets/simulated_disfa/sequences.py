"""Chunks of what one camera records of one person, and the examples made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat
from typing import Any

import numpy as np

from au_tf.arrays import Pixels
from au_tf.datasets.recordings.schema import encode_jpeg, frame_key, labels
from au_tf.datasets.recordings.writing import Example, count
from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig
from au_tf.datasets.simulated_disfa.sequence_pictures import draw_frames
from au_tf.geometry.landmarks import INNER_MOUTH_CORNERS
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import load_face_model
from au_tf.simulation.observe import ObservedFrames, observe
from au_tf.simulation.scene import SimulatedRecordingConfig, scene
from au_tf.simulation.subjects import CAMERAS


@dataclass(frozen=True, eq=False)
class SequenceChunk:
    """Consecutive frames of one person before one camera."""

    subject: str
    """Who."""
    camera: str
    """"left" or "right"."""
    recording: SimulatedRecordingConfig
    """Of which recording."""
    face_model: str
    """Whose geometry, as `load_face_model` takes it."""
    first: int
    """Place of its first frame among those of the sequence, from 0."""
    frames: int
    """How many."""

    def __len__(self) -> int:
        return self.frames


def find_chunks(subjects: Sequence[str], config: SimulatedDisfaConfig) -> list[SequenceChunk]:
    """The chunks of some people's recordings, in order of person, camera and time."""
    total = config.recording.frames
    return [
        SequenceChunk(subject, camera, config.recording, config.face_model, first, min(config.chunk, total - first))
        for subject in subjects
        for camera in CAMERAS
        for first in range(0, total, config.chunk)
    ]


@cache
def face(path: str) -> MorphableModel:
    """The face model; one that was loaded once in a process is kept."""
    return load_face_model(path)


@lru_cache(maxsize=1)
def _observed(face_model: str, subject: str, camera: str, recording: SimulatedRecordingConfig) -> ObservedFrames:
    return observe(face(face_model), subject, camera, recording)


def chunk_examples(chunk: SequenceChunk, images: bool) -> Iterator[Example]:
    """Makes the examples of a chunk, the same however a sequence is cut into chunks.

    Raises:
      InputError: if the face model cannot be loaded.
    """
    seen = _observed(chunk.face_model, chunk.subject, chunk.camera, chunk.recording)
    rows = range(chunk.first, chunk.first + len(chunk))
    pictures = _pictures(chunk, seen, rows) if images else repeat(None, len(rows))
    for row, picture in zip(rows, pictures, strict=True):
        count("frames_not_registered", int(not seen.registered[row]))
        example = _example(chunk, seen, row)
        if picture is not None:
            example["image"] = encode_jpeg(picture)
        yield frame_key(chunk.subject, chunk.camera, int(seen.number[row])), example


def _pictures(chunk: SequenceChunk, seen: ObservedFrames, rows: range) -> Iterator[Pixels]:
    model = face(chunk.face_model)
    truth = scene(model, chunk.subject, chunk.camera, chunk.recording)
    backdrop = Backdrop.of(chunk.recording.seed, chunk.subject, chunk.camera)
    return draw_frames(model, truth, seen.landmarks, seen.number, backdrop, rows)


def _example(chunk: SequenceChunk, seen: ObservedFrames, row: int) -> dict[str, Any]:
    example: dict[str, Any] = {name: values[row] for name, values in vars(seen.coefficients).items()}
    return (
        example
        | labels(seen.intensities[row])
        | {
            "subject": chunk.subject,
            "camera": chunk.camera,
            "frame": int(seen.number[row]),
            "registered": bool(seen.registered[row]),
            "landmarks": seen.landmarks[row],
            "disfa_landmarks": np.delete(seen.landmarks[row], INNER_MOUTH_CORNERS, axis=0),
        }
    )
