"""Trials of DISFA+: pictures of one posed or spontaneous expression, and what its coders say of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from au_tf.arrays import UInt8
from au_tf.datasets.disfa.folders import part
from au_tf.datasets.disfa.frames import middle
from au_tf.datasets.recordings.schema import encode_jpeg, labels
from au_tf.datasets.recordings.writing import Example, count
from au_tf.errors import InputError
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY
from au_tf.fitting.detect.detection import MAX_OUTSIDE, detect_faces
from au_tf.geometry.alignment import align_face
from au_tf.pictures.images import read_image
from au_tf.simulation.subjects import SUBJECTS

CAMERA = "front"
_LABELS, _IMAGES = "Labels", "Images"
_HEADER = 2
"""Lines of a label file before the first picture's."""
_MAX_BYTES = 1 << 20
_LINE = re.compile(r"\s*([0-9]+)\.jpg\s+([0-5])\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Trial:
    """Pictures of one person who shows something once."""

    subject: str
    """Who."""
    name: str
    """The trial's folder, such as A3_AU1_2_TrailNo_2."""
    pictures: tuple[Path, ...]
    """Their files, in the order of their numbers."""
    intensities: UInt8
    """uint8[N, 12]."""

    def __len__(self) -> int:
        return len(self.pictures)


def find_subjects(root: Path) -> list[str]:
    """Who is in a folder with DISFA+, sorted.

    Raises:
      InputError: if there are no labels, or those of somebody who is not in DISFA.
    """
    folder = part(root, _LABELS)
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown or not names:
        raise InputError(folder, "subjects", ", ".join(unknown) or "none", "folders such as SN001")
    return names


def find_trials(root: Path, subject: str) -> list[Trial]:
    """The trials of somebody, all labels read and all pictures' files found.

    Raises:
      InputError: if a file is missing or wrong.
    """
    folder = part(root, _LABELS) / subject
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not names:
        raise InputError(folder, "trials", "none", "folders such as A3_AU1_2_TrailNo_2")
    return [_trial(root, subject, name) for name in names]


def _trial(root: Path, subject: str, name: str) -> Trial:
    folder = part(root, _LABELS) / subject / name
    paths = [folder / f"AU{unit}.txt" for unit in AU_NUMBERS]
    columns = [read_trial_labels(path) for path in paths]
    numbers = list(columns[0])
    for path, column in zip(paths, columns, strict=True):
        if list(column) != numbers:
            raise InputError(path, "pictures", f"{len(column)}", f"the {len(numbers)} of {paths[0].name}")
    images = part(root, _IMAGES) / subject / name
    pictures = tuple(images / number for number in numbers)
    for picture in pictures:
        if not picture.is_file():
            raise InputError(picture, "file", "nothing", f"a picture, which {paths[0].name} names")
    return Trial(subject, name, pictures, np.array([list(column.values()) for column in columns], np.uint8).T)


def read_trial_labels(path: Path) -> dict[str, int]:
    """The intensity 0 to 5 of one Action Unit in each picture of a trial, by the picture's name, in their order.

    Args:
      path: two lines of header, then lines such as "000.jpg     3".

    Raises:
      InputError: that names the line.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(path, "size", f"{path.stat().st_size} bytes", f"at most {_MAX_BYTES}")
        lines = path.read_text("utf-8-sig").rstrip().splitlines()
    except UnicodeDecodeError:
        raise InputError(path, "file", "no text", "lines such as 000.jpg 3") from None
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "a file that can be read") from error
    found: dict[str, int] = {}
    for number, line in enumerate(lines[_HEADER:], _HEADER + 1):
        match = _LINE.fullmatch(line)
        if match is None:
            expected = f"a picture and its intensity of 0 to {MAX_INTENSITY:g}, such as 000.jpg 3"
            raise InputError(path, f"line {number}", repr(line[:40]), expected)
        picture = f"{match[1]}.jpg"
        if picture in found:
            raise InputError(path, f"line {number}", f"{picture} again", "each picture once")
        found[picture] = int(match[2])
    if not found:
        raise InputError(path, "labels", "no line", "two lines of header, then lines such as 000.jpg 3")
    return found


def trial_examples(trial: Trial, images: bool) -> Iterator[Example]:
    """Makes the examples of a trial.

    Raises:
      InputError: if a picture is damaged.
    """
    for path, intensities in zip(trial.pictures, trial.intensities, strict=True):
        picture = read_image(path)
        face = next((face for face in detect_faces(picture) if int(face.outside.sum()) <= MAX_OUTSIDE), None)
        count("frames_without_face", int(face is None))
        example = labels(intensities) | {
            "subject": trial.subject,
            "camera": CAMERA,
            "trial": trial.name,
            "frame": int(path.stem),
            "registered": face is not None,
            "landmarks": np.zeros((68, 2), np.float32) if face is None else face.landmarks.astype(np.float32),
        }
        if images:
            seen = middle(picture) if face is None else align_face(picture, face.landmarks)[0]
            example["image"] = encode_jpeg(seen)
        yield f"{trial.subject}_{trial.name}_{path.stem}", example
