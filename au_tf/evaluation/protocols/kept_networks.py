"""Networks trained for a table and kept, so that what was interrupted goes on and what is finished is not repeated."""

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from au_tf.files import write_whole
from au_tf.morphable.model import MorphableModel
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.network_config import NetworkConfig, TrainingConfig
from au_tf.synthesis.stored import FILE, StoredGenerator
from au_tf.synthesis.train_generator import learn
from au_tf.synthesis.training_people import recording_of
from au_tf.training.frame_table import FrameTable

CHECKPOINT = "checkpoint.npz"
SETTINGS = "settings.json"


def trained(
    networks: NetworkConfig, training: TrainingConfig, frames: FrameTable, face: MorphableModel, folder: Path
) -> StoredGenerator:
    """Trains a generator on recorded frames, or reads it if just this one was trained before.

    Args:
      networks: which, and their objective.
      training: batches and steps.
      frames: of the training people.
      face: whose coefficients they are.
      folder: where it is kept; eight digits that stand for settings and data are added to the name.

    Returns:
      The generator.

    Raises:
      InputError: as `train.learn`, or if what is kept is damaged.
    """
    settings = {
        "networks": networks.KIND,
        **asdict(networks),
        **asdict(training),
        "frames": _digest(frames),
        "face_model": face.digest,
    }
    text = json.dumps(settings, indent=2, sort_keys=True)
    place = folder.with_name(f"{folder.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}")
    if not (place / FILE).exists():
        write_whole(place / SETTINGS, text.encode())
        learn(recording_of(frames), face, networks, training, checkpoint=place / CHECKPOINT).save(place)
        (place / CHECKPOINT).unlink()
    return load_generator(place)


def _digest(frames: FrameTable) -> str:
    digest = hashlib.sha256()
    for field in fields(frames):
        digest.update(np.ascontiguousarray(getattr(frames, field.name)).tobytes())
    return digest.hexdigest()
