"""What can be chosen about synthetic pictures."""

from dataclasses import dataclass
from typing import Literal, get_args

from au_tf.errors import InputError
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.morphable.load import BUILTIN
from au_tf.simulation.population_config import OF_PEOPLE, POLICIES, PolicyName

BLOCK = 64
"""Records that are generated together: a network's sums are rounded differently in batches of another size."""
Style = Literal["render", "photo", "textured"]
Format = Literal["tfrecord", "array_record", "parquet", "webdataset"]


@dataclass(frozen=True)
class Augmentation:
    """What synthetic pictures are made; the paper's are the defaults."""

    count: int
    """How many; the paper has 15,000, 30,000, 65,000 and 130,000."""
    dataset: str | None = "simulated_disfa"
    """Recorded people whose training frames give the labels, and the source faces unless `photos` does."""
    data_dir: str | None = None
    """Where data sets are kept, if not where TFDS has them by default."""
    photos: tuple[str, ...] = ()
    """Files of `au-tf extract` whose faces are the sources."""
    policy: PolicyName = "paper"
    """Which Action Units: combinations of other people; rare ones as often as frequent ones; those that an estimator
    misreads; each alone at each intensity; or those of `labels`."""
    share: float = 0.5
    """Of the records, drawn so that all Action Units and intensities are equally frequent, for `balanced`, or as
    frequent as an estimator errs in them, for `errors`; the others are as `paper`."""
    labels: str | None = None
    """CSV of Action Units; for `list`."""
    style: Style = "render"
    """The 3D face before a wall; an expression drawn into the source's own picture; or the 3D face with the skin of the
    source's picture, from new sides in new light."""
    size: int = ALIGNED_SIZE
    """Pixels a side of the pictures."""
    format: Format = "tfrecord"
    """TensorFlow Datasets' records, in order or each by its number; or, for those without TensorFlow, tables with a
    picture a row, or WebDataset's tar files."""
    seed: int = 0
    """Everything random derives from it and a record's number."""
    generator: str | None = None
    """Folder of a trained generator instead of the shipped one."""
    face_model: str = BUILTIN
    """The face model to which the coefficients belong, builtin or a path."""
    neutral: bool = True
    """Start from frames without Action Units only."""
    faces: int = 400
    """At most so many source faces of each person."""
    per_face: int = 0
    """Records in succession that start from the same face; 0 is 1 for `render`, 16 for the others and for `people`,
    which take longer to prepare than to draw."""
    shard: int = 0
    """Records of a shard, a multiple of 64; 0 is 64 for `photo`, and else 64 to 512, more of more records."""
    max_failures: int = 100
    """Records that may fail before the work stops."""
    errors: str | None = None
    """The errors.csv of a trained estimator; for `errors`."""
    people: int = 0
    """People drawn from the face model as sources, dressed and with hair, in any pose and light, who also do what
    nobody codes; 0 is none, and recorded ones instead."""
    maps: bool = False
    """Of each picture of `people` also maps of parts, depth and normals."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("count", 1, 2**31 - 1),
            ("size", 16, 1024),
            ("faces", 1, 10**6),
            ("per_face", 0, 10**6),
            ("people", 0, 10**6),
        ):
            _check_range(name, getattr(self, name), low, high)
        _check_range("seed", self.seed, 0, 2**31 - 1)
        _check_range("max_failures", self.max_failures, 0, 2**31 - 1)
        for name, known in (("policy", POLICIES), ("style", get_args(Style)), ("format", get_args(Format))):
            if getattr(self, name) not in known:
                raise InputError(None, name, getattr(self, name), f"one of {', '.join(known)}")
        if self.shard < 0 or self.shard % BLOCK:
            raise InputError(None, "shard", self.shard, f"a multiple of {BLOCK}, or 0")
        if self.dataset is None and self.reads_dataset:
            raise InputError(None, "dataset", "none", "one, without `photos` or `people`, or for a policy with labels")
        if self.people and (self.photos or self.shows_pictures):
            found = "photos" if self.photos else f"style {self.style}"
            raise InputError(None, "people", f"{self.people} and {found}", "style render and no photos")
        if self.maps and not self.people:
            raise InputError(None, "maps", "some, and no people drawn", "people, whose pictures have them")
        for name, policy in (("labels", "list"), ("errors", "errors")):
            if (getattr(self, name) is None) == (self.policy == policy):
                found = getattr(self, name) or "none"
                raise InputError(None, name, found, f"one with the policy {policy}, none with another")

    @property
    def reads_dataset(self) -> bool:
        """Whether labels or source faces come from the data set."""
        return not (self.photos or self.people) or self.policy in OF_PEOPLE

    @property
    def table(self) -> str | None:
        """The CSV that says what is asked for: `labels` or `errors`."""
        return self.labels or self.errors

    @property
    def shows_pictures(self) -> bool:
        """Whether the sources' pictures are needed."""
        return self.style != "render"

    @property
    def together(self) -> int:
        """Records in succession that start from the same face."""
        return self.per_face or (16 if self.shows_pictures or self.people else 1)

    @property
    def shards(self) -> list[range]:
        """Numbers of the records of each shard."""
        size = self.shard or self._usual_shard
        return [range(start, min(start + size, self.count)) for start in range(0, self.count, size)]

    @property
    def _usual_shard(self) -> int:
        """Few enough for all workers to have some, and for a shard to be done soon."""
        most = 1 if self.style == "photo" else 8
        return BLOCK * max(1, min(most, self.count // (16 * BLOCK)))


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(None, name, value, f"a whole number from {low} to {high}")
