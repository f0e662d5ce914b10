"""The builder of DISFA+: finds the trials, and has them made into examples."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import tensorflow_datasets as tfds

from au_tf.datasets.disfa_plus.trials import CAMERA, find_subjects, find_trials, trial_examples
from au_tf.datasets.recordings.builder import RecordingBuilder
from au_tf.datasets.recordings.folds import check_splits
from au_tf.datasets.recordings.schema import picture_features
from au_tf.datasets.recordings.writing import ChunkMaker

FOLDS = 3


@dataclass(eq=False)
class DisfaPlusConfig(tfds.core.BuilderConfig):
    """Who is trained and tested on."""

    fold: int | None = None
    """Every third person is tested on, beginning with this one, from 0; None: everybody is."""

    def splits(self, subjects: list[str]) -> dict[str, tuple[str, ...]]:
        """Who of all subjects is in which split."""
        if self.fold is None:
            return {"test": tuple(subjects)}
        tested = tuple(subjects[self.fold :: FOLDS])
        splits = {"train": tuple(subject for subject in subjects if subject not in tested), "test": tested}
        check_splits(splits)
        return splits


class Builder(RecordingBuilder):
    """DISFA+: pictures of nine people of DISFA who show expressions, with the intensity of twelve Action Units each."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    BUILDER_CONFIGS: ClassVar[list[DisfaPlusConfig]] = [
        DisfaPlusConfig(name="frames_all", description="Aligned pictures, all to test on."),
        *(
            DisfaPlusConfig(name=f"frames_fold{k}", description="Aligned pictures; six people and three.", fold=k)
            for k in range(FOLDS)
        ),
    ]
    HOMEPAGE: ClassVar[str] = "http://mohammadmahoor.com/disfa/"
    # Installed for editing, the package does not lie where its name says.
    pkg_dir_path = Path(__file__).parent
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    DISFA+ is given to researchers who sign its licence: http://mohammadmahoor.com/disfa/
    Unpack it into one folder, so that it holds Images and Labels, and name that folder by --manual_dir.
    """

    def _features(self) -> tfds.features.FeaturesDict:
        return picture_features(cameras=(CAMERA,), trial=tfds.features.Text(doc="The folder of the trial."))

    def _shard_iterators_per_split(self, dl_manager: tfds.download.DownloadManager) -> dict[str, list[ChunkMaker]]:
        root = Path(dl_manager.manual_dir)
        splits = self.builder_config.splits(find_subjects(root))
        return {
            split: [ChunkMaker(trial_examples, trial, True) for who in subjects for trial in find_trials(root, who)]
            for split, subjects in splits.items()
        }
