"""What is to be augmented, and how a folder remembers it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from au_tf import __version__
from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.morphable.load import BUILTIN
from au_tf.resources import saved_model
from au_tf.simulation.label_policies import POLICIES
from au_tf.synthesis.generators import SHIPPED
from au_tf.synthesis.stored import FILE

BLOCK = 64
"""Records that are generated together: a network's sums are rounded differently in batches of another size."""
SPLIT = "train"
WORK = ".augment"
"""Folder inside the data set's that holds what a later run needs to go on."""
SOURCES = "sources.npz"
"""The source faces, in there."""
_FREE = ("data_dir", "max_failures")
"""What may change between two runs into one folder."""
STYLES = ("render", "photo")


@dataclass(frozen=True)
class Augmentation:
    """What synthetic pictures are made; the paper's are the defaults."""

    count: int
    """How many; the paper has 15,000, 30,000, 65,000 and 130,000."""
    dataset: str | None = "simulated_disfa"
    """Recorded people whose training frames give the labels, and the source faces unless `photos` does."""
    data_dir: str | None = None
    """Where TFDS keeps its data sets; None is its default."""
    photos: tuple[str, ...] = ()
    """Files of `au-tf extract` whose faces are the sources."""
    policy: str = "paper"
    """Which Action Units are asked for, one of `label_policies.POLICIES`."""
    share: float = 0.5
    """Of the records, drawn so that all Action Units and intensities are equally frequent; for `balanced`."""
    labels: str | None = None
    """CSV of Action Units; for `list`."""
    style: str = "render"
    """`render`, the 3D face before a wall, or `photo`, drawn into the source's own picture."""
    size: int = ALIGNED_SIZE
    """Pixels a side of the pictures."""
    seed: int = 0
    """Everything random derives from it and a record's number."""
    generator: str | None = None
    """Folder of a trained generator; None is the shipped one."""
    face_model: str = BUILTIN
    """The face model the coefficients belong to: "builtin" or a path."""
    neutral: bool = True
    """Start from frames without Action Units only."""
    faces: int = 400
    """At most so many source faces of each person."""
    per_face: int = 0
    """Records in succession that start from the same face; 0 is 1 for `render`, 16 for `photo`, which takes longer to
    prepare than to draw."""
    shard: int = 0
    """Records of a shard, a multiple of 64; 0 is 64 for `photo`, and for `render` 64 to 512, more of more records."""
    max_failures: int = 100
    """Records that may fail before the work stops."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("count", 1, 2**31 - 1),
            ("size", 16, 1024),
            ("faces", 1, 10**6),
            ("per_face", 0, 10**6),
        ):
            _check_range(name, getattr(self, name), low, high)
        _check_range("seed", self.seed, 0, 2**31 - 1)
        _check_range("max_failures", self.max_failures, 0, 2**31 - 1)
        for name, known in (("policy", POLICIES), ("style", STYLES)):
            if getattr(self, name) not in known:
                raise InputError(f"--{name}", "name", getattr(self, name), f"one of {', '.join(known)}")
        if self.shard < 0 or self.shard % BLOCK:
            raise InputError("--shard", "records", self.shard, f"a multiple of {BLOCK}, or 0")
        if self.dataset is None and self.reads_dataset:
            raise InputError("--dataset", "data set", "none", "one, without --photos or for a policy with labels")
        if (self.labels is None) == (self.policy == "list"):
            raise InputError("--labels", "file", self.labels or "none", "one with the policy list, none with another")

    @property
    def reads_dataset(self) -> bool:
        """Whether labels or source faces come from the data set."""
        return not self.photos or self.policy in ("paper", "balanced")

    @property
    def together(self) -> int:
        """Records in succession that start from the same face."""
        return self.per_face or (16 if self.style == "photo" else 1)

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

    @property
    def generator_file(self) -> Path:
        """The file of the generator."""
        return (saved_model(SHIPPED) if self.generator is None else Path(self.generator)) / FILE


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(f"--{name.replace('_', '-')}", "number", value, f"a whole number from {low} to {high}")


@dataclass(frozen=True)
class Plan:
    """An augmentation with digests of what goes into it: two folders with one plan hold the same bytes."""

    asked: Augmentation
    """What is wanted."""
    sources: str
    """SHA-256 of the source faces."""
    generator: str
    """SHA-256 of the generator's file."""
    face_model: str
    """SHA-256 of the face model."""
    labels: str
    """SHA-256 of the CSV of labels, empty without one."""
    version: str = __version__
    """Of au_tf."""

    def save(self, folder: Path) -> None:
        """Writes `plan.json`."""
        write_whole(folder / "plan.json", (json.dumps(asdict(self), indent=2) + "\n").encode())

    def differences(self, other: "Plan") -> list[tuple[str, object]]:
        """Names of what differs in another plan, and its values there."""
        own, others = ({**asdict(plan), **asdict(plan.asked)} for plan in (self, other))
        names = [name for name in own if name not in ("asked", *_FREE) and own[name] != others[name]]
        return [(name, others[name]) for name in names]

    @classmethod
    def load(cls, folder: Path) -> "Plan":
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is damaged.
        """
        path = folder / "plan.json"
        try:
            given = json.loads(path.read_text())
            asked = given.pop("asked")
            return cls(asked=Augmentation(**asked | {"photos": tuple(asked["photos"])}), **given)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(path, "plan", f"a damaged file ({error})", "what au-tf augment wrote") from error


def file_digest(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
      InputError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "a file that can be read") from error
