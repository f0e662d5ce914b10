"""The builder that those of recorded faces derive from: one Beam element, and one shard, is a chunk of a recording."""

import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import tensorflow_datasets as tfds

from au_tf.datasets.recordings.folds import FOLDS, PAPER, split_subjects
from au_tf.datasets.recordings.schema import frame_features
from au_tf.datasets.recordings.writing import ChunkMaker, Shard, WrittenShard, write_shards
from au_tf.errors import InputError

logger = logging.getLogger(__name__)

CHUNK = 500
"""Frames of a chunk: minutes of work where each is fitted, and ten to a video of DISFA."""


@dataclass(eq=False)
class RecordingConfig(tfds.core.BuilderConfig):
    """Which features, and who is trained and tested on."""

    images: bool = False
    """Whether examples hold the aligned picture."""
    fold: str = PAPER
    """One of `folds.FOLDS`."""
    test: Sequence[str] = ()
    """Subjects to test on instead of the fold's."""
    train: Sequence[str] = ()
    """Subjects to train on instead of everybody else."""
    chunk: int = CHUNK
    """Most frames of a chunk."""

    def __post_init__(self) -> None:
        if not isinstance(self.chunk, int) or self.chunk < 1:
            raise InputError(f"config {self.name}", "chunk", self.chunk, "a number of frames, at least 1")
        self.splits = split_subjects(self.fold, self.test, self.train)


def standard_configs() -> list[RecordingConfig]:
    """`coefficients_paper`, `coefficients_fold0`, ..., `frames_fold2`."""
    what = {"coefficients": "Coefficients", "frames": "Aligned pictures and coefficients"}
    return [
        RecordingConfig(
            name=f"{kind}_{fold}",
            description=f"{what[kind]}; " + ("25 people and 2." if fold == PAPER else "18 people and 9."),
            images=kind == "frames",
            fold=fold,
        )
        for kind in what
        for fold in FOLDS
    ]


class RecordingBuilder(tfds.core.ShardBasedBuilder):
    """Writes chunks of recordings, in parallel and in whatever order, always to the same bytes.

    The examples of a shard are consecutive frames of one camera. They are not mixed: whoever trains on them shuffles.
    """

    HOMEPAGE: ClassVar[str]
    """Where the data set is described."""

    @abstractmethod
    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> Mapping[str, Sequence[ChunkMaker]]:
        """For each split, what makes the examples of its chunks."""

    def _features(self) -> tfds.features.FeaturesDict:
        """What an example holds; overridden where the face model can be another than the built-in one."""
        return frame_features(self.builder_config.images)

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=self._features(),
            homepage=self.HOMEPAGE,
            supervised_keys=None,
            metadata=tfds.core.MetadataDict(),
        )

    def _download_and_prepare(
        self, dl_manager: tfds.download.DownloadManager, download_config: tfds.download.DownloadConfig | None = None
    ) -> None:
        config = download_config or tfds.download.DownloadConfig()
        shards = [
            shard
            for split, recipes in self._shard_iterators_per_split(dl_manager).items()
            for shard in self._shards(split, recipes)
        ]
        written, counts = write_shards(shards, self.info.features, config, str(self.data_path / "written.json"))
        self.info.metadata.update(counts)
        for name, number in counts.items():
            logger.info("%s: %s %d", self.info.full_name, name, number)
        splits = sorted({shard.split for shard in written})
        self.info.set_splits(tfds.core.SplitDict([self._split_info(split, written) for split in splits]))

    def _shards(self, split: str, recipes: Sequence[ChunkMaker]) -> list[Shard]:
        paths = self._get_filename_template(split).sharded_filepaths(len(recipes))
        return [Shard(split, k, str(path), recipe) for k, (path, recipe) in enumerate(zip(paths, recipes, strict=True))]

    def _split_info(self, split: str, written: Sequence[WrittenShard]) -> tfds.core.SplitInfo:
        own = [shard for shard in written if shard.split == split]
        return tfds.core.SplitInfo(
            name=split,
            shard_lengths=[shard.examples for shard in own],
            num_bytes=sum(shard.size for shard in own),
            filename_template=self._get_filename_template(split),
        )
