"""Intensities as DISFA's coders wrote them: a file an Action Unit, a line "frame,intensity" a frame."""

import re
from pathlib import Path

import numpy as np

from au_tf.arrays import UInt8
from au_tf.datasets.disfa.folders import label_path
from au_tf.errors import InputError
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY

MAX_BYTES = 1 << 20
"""A label file of DISFA has 35 kB."""
_LINE = re.compile(r"\s*([0-9]+)\s*,\s*([0-9]+)\s*", re.ASCII)


def parse_labels(text: str, source: object) -> UInt8:
    """Reads the intensities of one Action Unit.

    Args:
      text: lines "frame,intensity", frames from 1 without a gap; any line ends, a byte order mark at the front and
        empty lines at the end are let pass.
      source: what the text is called in errors.

    Returns:
      uint8[frames], 0 to 5.

    Raises:
      InputError: that names the line.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    if lines == [""]:
        raise InputError(source, "labels", "no line", "lines such as 1,0")
    return np.array([_intensity(line, number, source) for number, line in enumerate(lines, 1)], np.uint8)


def _intensity(line: str, number: int, source: object) -> int:
    match = _LINE.fullmatch(line)
    if match is None:
        raise InputError(source, f"line {number}", repr(line[:40]), "a frame and its intensity, such as 1,0")
    frame, intensity = match[1].lstrip("0"), match[2].lstrip("0") or "0"
    if frame != str(number):
        raise InputError(source, f"line {number}", f"frame {match[1][:12]}", f"frame {number}: each once, in order")
    if len(intensity) > 1 or int(intensity) > MAX_INTENSITY:
        raise InputError(source, f"line {number}", f"intensity {match[2][:12]}", f"0 to {MAX_INTENSITY:g}")
    return int(intensity)


def read_labels(path: Path) -> UInt8:
    """Reads a label file.

    Raises:
      InputError: if the file cannot be read, is no text, or holds something wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(path, "size", f"{path.stat().st_size} bytes", f"at most {MAX_BYTES}")
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputError(path, "file", "no text", "lines such as 1,0") from None
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "a file that can be read") from error
    return parse_labels(text, path)


def read_intensities(root: Path, subject: str) -> UInt8:
    """Reads the twelve label files of a subject.

    Returns:
      uint8[frames, 12], 0 to 5, in the order of `facs.ACTION_UNITS`.

    Raises:
      InputError: if a file is missing or wrong, or if they do not all have the same frames.
    """
    paths = [label_path(root, subject, unit) for unit in AU_NUMBERS]
    columns = [read_labels(path) for path in paths]
    longest = max(range(len(columns)), key=lambda k: len(columns[k]))
    for path, column in zip(paths, columns, strict=True):
        if len(column) < len(columns[longest]):
            expected = f"{len(columns[longest])}, as in {paths[longest].name}"
            raise InputError(path, "labels", f"{len(column)} frames", expected)
    return np.stack(columns, -1)
