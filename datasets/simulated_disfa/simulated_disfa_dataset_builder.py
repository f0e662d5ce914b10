"""The builder of simulated DISFA: says which sequences there are, and has their chunks made into examples."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

import tensorflow_datasets as tfds

from au_tf.datasets.recordings.builder import RecordingBuilder
from au_tf.datasets.recordings.schema import frame_features
from au_tf.datasets.recordings.writing import ChunkMaker
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig, simulated, simulated_configs
from au_tf.datasets.simulated_disfa.sequences import chunk_examples, face, find_chunks

METHOD = (
    "simulated: true coefficients with errors {error:g} times those of a fit to 68 landmarks, in part the same in all "
    "frames of a person"
)


class Builder(RecordingBuilder):
    """Simulated DISFA: 27 people who do not exist before two cameras, with twelve Action Units a frame."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    BUILDER_CONFIGS: ClassVar[list[SimulatedDisfaConfig]] = simulated_configs()
    HOMEPAGE: ClassVar[str] = "https://doi.org/10.1109/T-AFFC.2013.4"
    # Installed for editing, the package does not lie where its name says.
    pkg_dir_path = Path(__file__).parent

    @cached_property
    def _simulated(self) -> SimulatedDisfaConfig:
        return simulated(self.builder_config)

    def _features(self) -> tfds.features.FeaturesDict:
        model = face(self._simulated.face_model)
        return frame_features(
            self._simulated.images,
            identities=len(model.identity_basis),
            albedos=len(model.albedo_basis),
            expressions=len(model.expression_basis),
        )

    def _shard_iterators_per_split(self, dl_manager: tfds.download.DownloadManager) -> dict[str, list[ChunkMaker]]:
        config = self._simulated
        model = face(config.face_model)
        self.info.metadata.update(
            extraction=METHOD.format(error=config.recording.error),
            face_model=model.name,
            face_model_digest=model.digest,
            simulated=True,
        )
        return {
            split: [ChunkMaker(chunk_examples, chunk, config.images) for chunk in find_chunks(subjects, config)]
            for split, subjects in config.splits.items()
        }
