"""Where DISFA keeps what."""

import re
from pathlib import Path

from au_tf.datasets.disfa.defects import MISSING_LANDMARKS, SPARE_LANDMARKS
from au_tf.errors import InputError

LABELS = "ActionUnit_Labels"
LANDMARKS = "Landmark_Points"
_VIDEOS = {
    "left": ("Videos_LeftCamera", "LeftVideo{}_comp.avi"),
    "right": ("Video_RightCamera", "RightVideo{}_Comp.avi"),
}
_LANDMARKS_INSIDE = "tmp_frame_lm"
# Name of a landmark file, and what to add to its number to get that of the frame.
_SCHEMES = ((r"{}_([0-9]{{4}})_lm\.mat", 1), (r"l([0-9]{{5}})_lm\.mat", 0))


def part(root: Path, name: str) -> Path:
    """A folder at the top of DISFA, also where its archive was unpacked as folder/folder.

    Raises:
      InputError: if it is not there.
    """
    for folder in (root / name / name, root / name):
        if folder.is_dir():
            return folder
    raise InputError(root, name, "nothing", f"DISFA's folder {name}")


def video_path(root: Path, subject: str, camera: str) -> Path:
    """The video of a subject by one camera, "left" or "right".

    Raises:
      InputError: if it is not there.
    """
    folder, name = _VIDEOS[camera]
    return _file(part(root, folder) / name.format(subject), f"video of the {camera} camera")


def label_path(root: Path, subject: str, unit: int) -> Path:
    """The intensities of one Action Unit, by its number in FACS.

    Raises:
      InputError: if the file is not there.
    """
    return _file(part(root, LABELS) / subject / f"{subject}_au{unit}.txt", f"labels of AU{unit}")


def landmark_paths(root: Path, subject: str, frames: int) -> list[Path | None]:
    """The landmark file of each frame, under either of the two numberings that DISFA uses.

    Args:
      root: DISFA's folder.
      subject: whose.
      frames: how many frames there are; one file more than that is left aside, as some subjects have it.

    Returns:
      A path a frame, None where DISFA is known to lack it.

    Raises:
      InputError: if a file is missing that DISFA has, or one is there twice, or does not belong there.
    """
    folder = part(root, LANDMARKS) / subject / _LANDMARKS_INSIDE
    if not folder.is_dir():
        raise InputError(folder, "folder", "nothing", f"landmarks of {subject}")
    found: dict[int, Path] = {}
    for path in sorted(folder.glob("*_lm.mat")):
        if path.name.startswith("."):
            continue  # left by a file manager
        number = _frame_number(path, subject)
        if number in found:
            raise InputError(path, "name", f"frame {number}, as {found[number].name}", "one file a frame")
        found[number] = path
    _check_complete(folder, subject, frames, found)
    return [found.get(number) for number in range(1, frames + 1)]


def _frame_number(path: Path, subject: str) -> int:
    for pattern, first in _SCHEMES:
        match = re.fullmatch(pattern.format(subject), path.name)
        if match:
            return int(match[1]) + first
    raise InputError(path, "name", path.name, f"{subject}_0000_lm.mat and so on, or l00001_lm.mat and so on")


def _check_complete(folder: Path, subject: str, frames: int, found: dict[int, Path]) -> None:
    missing = [n for n in range(1, frames + 1) if n not in found and n not in MISSING_LANDMARKS.get(subject, ())]
    if missing:
        what = f"no file for frame {missing[0]}" + (f" and {len(missing) - 1} others" if missing[1:] else "")
        raise InputError(folder, "landmarks", what, f"a file for each of {frames} frames")
    beyond = sum(not 1 <= number <= frames for number in found)
    if beyond > SPARE_LANDMARKS:
        raise InputError(folder, "landmarks", f"{beyond} files beyond frame {frames}", f"at most {SPARE_LANDMARKS}")


def _file(path: Path, what: str) -> Path:
    if not path.is_file():
        raise InputError(path, "file", "a folder" if path.is_dir() else "nothing", what)
    return path
