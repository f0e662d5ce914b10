"""What is to be augmented, and how a folder remembers it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from au_tf import __version__
from au_tf.errors import InputError
from au_tf.files import Place, write_whole
from au_tf.pictures.provenance.statement import COMPOSITE, TRAINED, Statement
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.stores import fetched
from au_tf.synthesis.generators import shipped_generator
from au_tf.synthesis.stored import FILE

SPLIT = "train"
WORK = ".augment"
"""Folder inside the data set's that holds what a later run needs to go on."""
SOURCES = "sources.npz"
"""The source faces, in there."""
_FREE = ("data_dir", "max_failures")
"""What may change between two runs into one folder."""


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
    """SHA-256 of the CSV of labels or errors, empty without one."""
    version: str = __version__
    """Of au_tf."""

    def statement(self, asked: str) -> Statement:
        """What a picture, or all of them, say of themselves; `asked` tells which Action Units."""
        source = TRAINED if self.asked.style == "render" else COMPOSITE
        return Statement(source, asked, self.generator, f"au_tf {self.version}")

    def save(self, folder: Place) -> None:
        """Writes `plan.json`."""
        write_whole(folder / "plan.json", (json.dumps(asdict(self), indent=2) + "\n").encode())

    def differences(self, other: "Plan") -> list[tuple[str, object]]:
        """Names of what differs in another plan, and its values there."""
        own, others = ({**asdict(plan), **asdict(plan.asked)} for plan in (self, other))
        names = [name for name in own if name not in ("asked", *_FREE) and own[name] != others[name]]
        return [(name, others[name]) for name in names]

    @classmethod
    def load(cls, folder: Place) -> "Plan":
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
            raise InputError(path, "plan", f"a damaged file ({error})", "what `augment` wrote") from error


def generator_file(asked: Augmentation, face: str) -> Path:
    """The file of the generator, which without one is that for the face model of that name."""
    return (shipped_generator(face) if asked.generator is None else fetched(asked.generator)) / FILE
