"""The builder of DISFA: finds the recordings, and has their chunks made into examples."""

from pathlib import Path
from typing import ClassVar

import tensorflow_datasets as tfds

from au_tf.datasets.disfa.extracted_frames import METHOD
from au_tf.datasets.disfa.frames import chunk_examples, find_chunks
from au_tf.datasets.recordings.builder import RecordingBuilder, RecordingConfig, standard_configs
from au_tf.datasets.recordings.writing import ChunkMaker
from au_tf.morphable.builtin import builtin_face


class Builder(RecordingBuilder):
    """DISFA: videos of 27 people by two cameras, with the intensity of twelve Action Units a frame."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    BUILDER_CONFIGS: ClassVar[list[RecordingConfig]] = standard_configs()
    HOMEPAGE: ClassVar[str] = "http://mohammadmahoor.com/disfa/"
    # Installed for editing, the package does not lie where its name says.
    pkg_dir_path = Path(__file__).parent
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    DISFA is given to researchers who sign its licence: http://mohammadmahoor.com/disfa/
    Unpack its archives in one folder, so that it holds Videos_LeftCamera, Video_RightCamera, ActionUnit_Labels and
    Landmark_Points, and name that folder by --manual_dir.
    """

    def _shard_iterators_per_split(self, dl_manager: tfds.download.DownloadManager) -> dict[str, list[ChunkMaker]]:
        root, config = Path(dl_manager.manual_dir), self.builder_config
        chunks = {split: find_chunks(root, subjects, config.chunk) for split, subjects in config.splits.items()}
        model = builtin_face()
        self.info.metadata.update(extraction=METHOD, face_model=model.name, face_model_digest=model.digest)
        return {
            split: [ChunkMaker(chunk_examples, chunk, config.images) for chunk in found]
            for split, found in chunks.items()
        }
