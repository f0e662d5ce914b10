"""OpenFace's own estimates, where its program `FeatureExtraction` is installed (Table 2 of the paper)."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from au_tf.arrays import Float32, Pixels
from au_tf.errors import Argument, InputError
from au_tf.facs import ACTION_UNITS
from au_tf.timeline import read_openface_rows

PROGRAM = "FeatureExtraction"


def find_openface(given: str | os.PathLike[str] | None = None) -> Path | None:
    """Where `FeatureExtraction` is: as given, else on the path; None if it is not there.

    Raises:
      InputError: if what is given is no program.
    """
    found = shutil.which(PROGRAM if given is None else given)
    if found is None and given is not None:
        raise InputError(Argument("openface", given), "program", "nothing that can be run", f"OpenFace's {PROGRAM}")
    return None if found is None else Path(found)


@dataclass(frozen=True)
class OpenFace:
    """Estimates by running OpenFace on picture files."""

    program: Path
    """Its `FeatureExtraction`."""

    def estimate(self, pictures: Pixels) -> Float32:
        """Estimates intensities of each picture by itself, not as frames of a film.

        Args:
          pictures: uint8[N, H, H, 3], sRGB.

        Returns:
          float32[N, 12] in [0, 5]; NaN where OpenFace finds no face.

        Raises:
          InputError: if the program fails, or what it writes cannot be read.
        """
        intensities = np.full((len(pictures), len(ACTION_UNITS)), np.nan, np.float32)
        if len(pictures):
            with tempfile.TemporaryDirectory() as folder:
                frames, found = read_openface_rows(self._run(Path(folder), pictures))
            if frames.min() < 1 or frames.max() > len(pictures):
                raise InputError(self.program, "frame", frames.max(), f"numbers from 1 to {len(pictures)}")
            intensities[frames - 1] = found
        return intensities

    def _run(self, folder: Path, pictures: Pixels) -> Path:
        """The CSV that OpenFace writes of the pictures."""
        source, out = folder / "pictures", folder / "out"
        source.mkdir()
        for number, picture in enumerate(pictures):
            cv2.imwrite(str(source / f"{number:06d}.png"), picture[..., ::-1])
        words = [self.program, "-fdir", source, "-out_dir", out, "-of", "faces", "-aus", "-au_static", "-q"]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            told = (done.stderr or done.stdout).strip().splitlines()
            raise InputError(self.program, "status", f"{done.returncode} ({told[-1] if told else 'silent'})", "0")
        return out / "faces.csv"
